# ruff: noqa: E501 (tables, a row a line)
"""etc/README and the prompt files, as VoxForge's submission programs write them."""

import re

from plan import Readme

# fmt: off
# user name, speaker characteristics, gender, age range, language, dialect, recording information, microphone make, file info
WORDS = {
    "en": ["User Name", "Speaker Characteristics", "Gender", "Age Range", "Language", "Pronunciation dialect", "Recording Information", "Microphone make", "File Info"],
    "de": ["Benutzername", "Sprechereigenschaften", "Geschlecht", "Altersgruppe", "Sprache", "Dialekt", "Aufnahmeinformationen", "Mikrofonhersteller", "Dateiinformationen"],
    "fr": ["Nom d'utilisateur", "Caractéristiques du locuteur", "Sexe", "Tranche d'âge", "Langue", "Dialecte", "Informations sur l'enregistrement", "Marque du micro", "Fichier"],
    "es": ["Nombre de usuario", "Características del hablante", "Género", "Rango de edad", "Idioma", "Dialecto", "Grabación", "Marca del micrófono", "Archivo"],
    "it": ["Nome utente", "Caratteristiche del parlante", "Sesso", "Età", "Lingua", "Dialetto", "Registrazione", "Marca del microfono", "Archivio"],
    "nl": ["Gebruikersnaam", "Kenmerken van de spreker", "Geslacht", "Leeftijd", "Taal", "Dialect", "Opname", "Merk microfoon", "Bestand"],
    "ru": ["Имя пользователя", "Характеристики диктора", "Пол", "Возраст", "Язык", "Диалект", "Запись", "Марка микрофона", "Файл"],
}
# fmt: on


def readme(how: Readme, user: str, kind: str, rate: int, channels: int) -> bytes:
    """The file's bytes, in the encoding and with the line ends that `how` asks for."""
    user_name, speaker, gender, age, language, dialect, recording, microphone, file_info = WORDS[how.words]
    lines = [
        f"{user_name}:{user}",
        "",
        f"{speaker}:",
        "",
        f"{gender}: {how.gender}",
        f"{age}: {how.age}",
        f"{language}: {how.language}",
        f"{dialect}: {how.dialect}",
        "",
        f"{recording}:",
        "",
        f"{microphone}: n/a",
        "",
        f"{file_info}:",
        "",
        f"File type: {kind}",
        f"Sampling Rate: {rate}",
        "Sample rate format: 16",
        f"Number of channels: {channels}",
        "",
    ]
    return how.line_end.join(lines).encode(how.encoding)


def in_capitals(prompt: str) -> str:
    """A prompt as PROMPTS has it: capitals, no punctuation."""
    return re.sub(r"[^\w' ]", "", prompt).upper()


def prompts(archive: str, said: list[tuple[str, str]]) -> bytes:
    return "".join(f"{archive}/mfc/{stem} {in_capitals(text)}\n" for stem, text in said).encode()


def prompts_original(said: list[tuple[str, str]]) -> bytes:
    return "".join(f"{stem} {text}\n" for stem, text in said).encode()
