# ruff: noqa: E501 (tables, a row a line)
"""What the sample corpus says: sentences put together from parts, in seven languages. Written for this project."""

import random

# fmt: off
# For each language: who, does what, where, and when or how. Any combination is a sentence of 9 to 16 words.
PARTS = {
    "en": (
        ["The old ferryman", "A careful gardener", "My youngest cousin", "The night baker", "Every good sailor", "The village doctor",
         "A tired postman", "The lighthouse keeper", "Our new neighbour", "The quiet librarian"],
        ["carried seven wooden boxes", "painted a narrow blue door", "counted the geese twice", "repaired the broken clock",
         "gathered ripe plums", "wrote a long and honest letter", "found a silver button", "sharpened every knife",
         "measured the frozen river", "sang about the harvest"],
        ["behind the stone chapel", "along the muddy towpath", "under a leaking roof", "beside the railway bridge",
         "at the far end of the orchard", "in the corner of the market", "near the empty schoolhouse", "above the harbour wall"],
        ["before the first snow fell", "while the kettle was boiling", "without asking anyone for help", "as the evening train went by",
         "although nobody was watching", "and then walked slowly home", "because the weather was changing", "just after the bells rang"],
    ),
    "de": (
        ["Der alte Fährmann", "Die junge Gärtnerin", "Unser neuer Nachbar", "Ein müder Briefträger", "Die kluge Ärztin", "Mein jüngster Vetter"],
        ["trägt sieben hölzerne Kisten", "streicht eine schmale blaue Tür", "zählt die Gänse zum zweiten Mal", "schreibt einen langen Brief",
         "sammelt die reifen Pflaumen", "repariert die kaputte Uhr"],
        ["hinter der kleinen Kapelle", "neben der Eisenbahnbrücke", "am Ende des Obstgartens", "unter dem undichten Dach", "in der Ecke des Marktes"],
        ["bevor der erste Schnee fällt", "während das Wasser kocht", "ohne jemanden zu fragen", "weil sich das Wetter ändert", "und geht dann langsam nach Hause"],
    ),
    "fr": (
        ["Le vieux passeur", "Une jardinière attentive", "Notre nouveau voisin", "Le facteur fatigué", "La boulangère du village", "Mon plus jeune cousin"],
        ["porte sept caisses en bois", "repeint une étroite porte bleue", "compte les oies deux fois", "écrit une très longue lettre",
         "ramasse des prunes bien mûres", "répare la vieille horloge"],
        ["derrière la petite chapelle", "près du pont de chemin de fer", "au fond du verger", "sous un toit qui fuit", "dans un coin du marché"],
        ["avant la première neige", "pendant que l'eau commence à bouillir", "sans demander d'aide à personne", "parce que le temps va changer",
         "puis rentre lentement à la maison"],
    ),
    "es": (
        ["El viejo barquero", "Una jardinera paciente", "Nuestro nuevo vecino", "El cartero cansado", "La médica del pueblo", "Mi primo más joven"],
        ["lleva siete cajas de madera", "pinta una estrecha puerta azul", "cuenta los gansos dos veces", "escribe una carta muy larga",
         "recoge ciruelas maduras", "arregla el reloj roto"],
        ["detrás de la pequeña capilla", "junto al puente del ferrocarril", "al final de la huerta", "bajo un techo con goteras", "en una esquina del mercado"],
        ["antes de la primera nieve", "mientras hierve el agua", "sin pedir ayuda a nadie", "porque el tiempo está cambiando", "y después vuelve despacio a casa"],
    ),
    "it": (
        ["Il vecchio traghettatore", "Una giardiniera attenta", "Il nostro nuovo vicino", "Il postino stanco", "La dottoressa del paese", "Il mio cugino più giovane"],
        ["porta sette casse di legno", "dipinge una stretta porta blu", "conta le oche due volte", "scrive una lettera molto lunga",
         "raccoglie le prugne mature", "ripara l'orologio rotto"],
        ["dietro la piccola cappella", "accanto al ponte della ferrovia", "in fondo al frutteto", "sotto un tetto che perde", "in un angolo del mercato"],
        ["prima della prima neve", "mentre l'acqua comincia a bollire", "senza chiedere aiuto a nessuno", "perché il tempo sta cambiando", "e poi torna piano verso casa"],
    ),
    "ru": (
        ["Старый паромщик", "Молодая садовница", "Наш новый сосед", "Усталый почтальон", "Деревенский доктор", "Мой младший брат"],
        ["несёт семь деревянных ящиков", "красит узкую синюю дверь", "дважды считает гусей", "пишет длинное письмо", "собирает спелые сливы", "чинит сломанные часы"],
        ["за маленькой часовней", "возле железнодорожного моста", "в конце фруктового сада", "под дырявой крышей", "в углу рынка"],
        ["до первого снега", "пока закипает вода", "ни у кого не спрашивая помощи", "потому что меняется погода", "и медленно идёт домой"],
    ),
    "nl": (
        ["De oude veerman", "Een zorgvuldige tuinman", "Onze nieuwe buurvrouw", "De vermoeide postbode", "De dokter van het dorp", "Mijn jongste neef"],
        ["draagt zeven houten kisten", "schildert een smalle blauwe deur", "telt de ganzen twee keer", "schrijft een hele lange brief",
         "verzamelt rijpe pruimen", "repareert de kapotte klok"],
        ["achter de kleine kapel", "naast de spoorbrug", "aan het eind van de boomgaard", "onder een lekkend dak", "in een hoek van de markt"],
        ["voordat de eerste sneeuw valt", "terwijl het water kookt", "zonder iemand om hulp te vragen", "omdat het weer verandert", "en loopt daarna langzaam naar huis"],
    ),
}
# fmt: on

SHORT = [
    "Yes, certainly.",
    "Nine of them.",
    "Good morning.",
    "Not today.",
    "Over there.",
    "Thank you.",
    "Two more, please.",
    "Almost.",
]


def sentences(language: str, count: int, seed: str) -> list[str]:
    """`count` different sentences; the same for the same seed."""
    draw = random.Random(f"sentences {language} {seed}")
    found: list[str] = []
    while len(found) < count:
        sentence = " ".join(draw.choice(part) for part in PARTS[language]) + "."
        if sentence not in found:
            found.append(sentence)
    return found


def short_sentences(count: int) -> list[str]:
    """Sentences that take less than three seconds to say."""
    return [SHORT[i % len(SHORT)] for i in range(count)]
