# ruff: noqa: E501 (tables, a row a line)
"""Which archives the sample corpus has: who speaks in each, how it is labelled and stored, and what is wrong with it."""

from dataclasses import dataclass, field

from voices import Format, Voice


@dataclass(frozen=True)
class Readme:
    """How etc/README is written. `words`: the language of its field names."""

    gender: str = "Male"
    age: str = "Adult"
    language: str = "EN"
    dialect: str = "British English"
    words: str = "en"
    encoding: str = "utf-8"
    line_end: str = "\n"


@dataclass(frozen=True)
class Archive:
    """One archive of the corpus and the truth about it."""

    name: str  # without .tgz
    speaker: str
    gender: str  # male, female or unknown, as the labels say it
    voice: Voice
    readme: Readme | None = field(default_factory=Readme)
    clips: int = 8
    formats: tuple[Format, ...] = (Format(),)
    containers: tuple[str, ...] = ("wav",)  # each clip once in each of these
    prompts: tuple[str, ...] = ("PROMPTS", "prompts-original")
    short: bool = False  # clips under 3 s
    debris: bool = False  # macOS leftovers
    mess: str = ""  # the function of mess.py that spoils it
    folder: str = ""  # top folder, where it is not called like the archive


MALE, FEMALE, UNKNOWN = "male", "female", "unknown"
CRLF, CR = "\r\n", "\r"


def espeak(
    name: str, language: str, pitch: int, speed: int, noise_db: float = -50, tone_db: float = 0, gain_db: float = -4
) -> Voice:
    return Voice("espeak", name, language, pitch, speed, noise_db, gain_db, tone_db)


def of_user(
    user: str, gender: str, voice: Voice, dated: list[str], readmes: list[Readme | None], **more
) -> list[Archive]:
    """A user's archives: USER-DATE-xxx for each of `dated`, the readmes taken in turn."""
    return [
        Archive(f"{user}-{tail}", user, gender, voice, readmes[i % len(readmes)], **more)
        for i, tail in enumerate(dated)
    ]


# fmt: off

def tidy_users() -> list[Archive]:
    """Users whose archives are as they should be, but for how their READMEs spell things."""
    return [
        *of_user("brackenfell", MALE, espeak("en-gb+m1", "en", 32, 150, -52), ["20070604-wha", "20070611-bdo"], [Readme("Male"), Readme("[male]", "[adult]")]),
        *of_user("larkspur_jo", FEMALE, espeak("en-us+f1", "en", 58, 165, -48, 2), ["20080112-kde", "20080113-qpl", "20080527-ozt"],
                 [Readme("Female", "Youth"), Readme("female;", "youth;"), Readme("[female]", "[youth]")]),
        *of_user("Tidewater", MALE, espeak("en-us+m2", "en", 38, 170, -46, -2), ["20080827-hbr", "20080828-jcu", "20081002-mva"],
                 [Readme("male;", "adult;", line_end=CRLF), Readme("Male\t", "Adult"), Readme("male", "adult")]),
        *of_user("mossgrove", MALE, espeak("en-gb-scotland+m3", "en", 28, 145, -55, 0, -8), ["20090217-ueh", "20090218-ktb"], [Readme("make", "Senior", dialect="Scottish English")]),
        *of_user("pilgrimshaw", MALE, espeak("en-gb-x-rp+m4", "en", 42, 155, -50, 3), ["20100508-lsi", "20100509-vfg"],
                 [Readme("Male", "Senior", line_end=CR), Readme("(male)", "Senior", line_end=CR)]),
        *of_user("jean-luc", MALE, espeak("fr-fr+m5", "fr", 35, 160, -49), ["20110330-xye", "20110401-auq"],
                 [Readme("Masculin", "Adulte", "FR", "français", "fr", "latin-1", CRLF), Readme("[male]", "Adult", "FR", "français", "fr", "utf-8")]),
        *of_user("amsel77", MALE, espeak("de+m6", "de", 30, 150, -47, -3), ["20120514-nko", "20120515-yrc"],
                 [Readme("männlich", "Erwachsener", "DE", "Hochdeutsch", "de", "latin-1", CRLF), Readme("Männlich", "Erwachsener", "DE", "Österreich", "de", "utf-8-sig")]),
        *of_user("Zaunkoenig", FEMALE, espeak("de+f2", "de", 62, 155, -53, 1), ["20120601-pwe", "20120709-cfo"],
                 [Readme("weiblich", "Erwachsene", "DE", "Süddeutsch", "de", "cp1252"), Readme("Weiblich", "Erwachsene", "DE", "Süddeutsch", "de", "utf-8", CRLF)]),
        *of_user("colibri", FEMALE, espeak("es+f3", "es", 60, 170, -51), ["20081125-tev", "20081126-zmi"],
                 [Readme("Femenino", "Adulto", "ES", "España", "es", "latin-1"), Readme("[female];", "[adult];", "ES", "España", "es", "utf-8")]),
        *of_user("gaviota", MALE, espeak("es-419+m7", "es", 36, 165, -45, -2), ["20081203-rjh", "20081204-blf"],
                 [Readme("Masculino", "Adulto", "ES", "México", "es", "utf-8", CRLF), Readme("Masculino", "Adulto", "ES", "México", "es", "latin-1")]),
        *of_user("sparviero", MALE, espeak("it+m8", "it", 40, 160, -54), ["20130322-dwa", "20130323-gix"],
                 [Readme("Maschio", "Adulto", "IT", "Toscana", "it"), Readme("[male]", "Adulto", "IT", "Toscana", "it", "latin-1")]),
        *of_user("rondine", FEMALE, espeak("it+f4", "it", 57, 168, -50, 2), ["20130508-smq", "20130509-hju"], [Readme("Femmina", "Adulto", "IT", "Sicilia", "it")]),
        *of_user("soroka", FEMALE, espeak("ru+f5", "ru", 60, 150, -49), ["20140116-qvd", "20140117-ypb"],
                 [Readme("Женский", "Взрослый", "RU", "русский", "ru"), Readme("Female", "Adult", "RU", "русский", "ru", "utf-8", CRLF)]),
        *of_user("medved", MALE, espeak("ru+m1", "ru", 25, 140, -48, -1, -6), ["20140203-kgy", "20140204-oae"], [Readme("Мужской", "Взрослый", "RU", "русский", "ru")]),
        *of_user("ooievaar", MALE, espeak("nl+m2", "nl", 37, 155, -52), ["20150615-fnc", "20150616-wzt"],
                 [Readme("Man", "Volwassene", "NL", "Nederlands", "nl"), Readme("[male]", "Senior", "NL", "Nederlands", "nl", "latin-1", CR)]),
        *of_user("zilvermeeuw", FEMALE, espeak("nl+f1", "nl", 64, 160, -50, 1), ["20150720-leh", "20150721-drs"], [Readme("Vrouw", "Volwassene", "NL", "Vlaams", "nl")]),
        *of_user("thistledown", FEMALE, espeak("en-gb+f5", "en", 55, 150, -56, 0, -9), ["20160310-umj", "20160311-xkq"], [Readme("Female", "Senior"), Readme("female", "senior;")]),
        *of_user("quillfeather", MALE, espeak("en-us+m8", "en", 33, 175, -47, 2), ["20170901-aib", "20170902-nyg"], [Readme("Male"), Readme("male", words="en", encoding="utf-16")]),
        *of_user("oldmill", MALE, Voice("flite", "kal16", "en", speed=150, noise_db=-50), ["20070419-tsc", "20070420-fho"], [Readme("Male", dialect="American English")]),
        *of_user("harbourlight", MALE, Voice("flite", "rms", "en", speed=160, noise_db=-48, tone_db=-2), ["20080601-jwl", "20080603-eub", "20080605-rpv"], [Readme("[male]")]),
        *of_user("willowherb", FEMALE, Voice("flite", "slt", "en", speed=165, noise_db=-53, tone_db=1), ["20091130-cgz", "20091201-mdt", "20091202-iak"], [Readme("[female]"), Readme("Female")]),
    ]


def recorded_users() -> list[Archive]:
    """Real voices: the asterisk recordings, at 8 kHz as they are and as somebody who resampled them would submit them."""
    narrow = (Format(8000),)
    return [
        *of_user("allison", FEMALE, Voice("asterisk", "en_US_f_Allison", "en", noise_db=-70), ["20180205-eno", "20180206-pxi"], [Readme("Female")], formats=narrow),
        *of_user("allison", FEMALE, Voice("asterisk", "es_MX_f_Allison", "es", noise_db=-70), ["20180301-hsl"], [Readme("Female", language="ES", words="es")]),
        *of_user("june", FEMALE, Voice("asterisk", "fr_CA_f_June", "fr", noise_db=-65), ["20180412-ybq", "20180413-ful"], [Readme("Femme", "Adulte", "FR", "Québec", "fr")], formats=narrow),
        *of_user("carlo", MALE, Voice("asterisk", "it_IT_m_Carlo", "it", noise_db=-60), ["20180520-kqm", "20180521-zda"], [Readme("Male", language="IT")]),
        *of_user("golos", FEMALE, Voice("asterisk", "ru_RU_f_IvrvoiceRU", "ru", noise_db=-65), ["20180611-vro", "20180612-bte"], [Readme("[female]", language="RU")], formats=narrow),
    ]


def anonymous() -> list[Archive]:
    """Each anonymous archive counts as a speaker of its own."""
    made = [
        ("20080316-aoq", MALE, espeak("en-us+m5", "en", 34, 160), Readme("Male")),
        ("20080317-bwt", MALE, espeak("en-gb+m7", "en", 30, 150), Readme("male;", line_end=CRLF)),
        ("20090422-cxs", FEMALE, espeak("en-us+f4", "en", 60, 160), Readme("[female]")),
        ("20090423-dvr", FEMALE, espeak("de+f3", "de", 61, 160), Readme("Weiblich", "Jugendlicher", "DE", "Hochdeutsch", "de", "latin-1")),
        ("20100529-euj", MALE, espeak("en-us+m3", "en", 37, 165), Readme("[male]")),
        ("20100530-fzn", UNKNOWN, espeak("en-us+m6", "en", 35, 155), Readme("Please Select", "Please Select")),
        ("20110605-gym", UNKNOWN, espeak("en-gb+f2", "en", 58, 165), Readme("adult", "Adult")),
        ("20110606-hlk", MALE, espeak("fr-fr+m2", "fr", 36, 155), Readme("Male", language="FR")),
        ("20110607-ipx", FEMALE, espeak("it+f1", "it", 59, 165), Readme("female", language="IT")),
    ]
    return [Archive(f"anonymous-{tail}", f"anonymous-{tail}", gender, voice, readme, clips=8) for tail, gender, voice, readme in made]


def odd_ones() -> list[Archive]:
    """Good archives with odd names, odd labels, or audio in another form."""
    kestrel = Voice("flite", "awb", "en", speed=155, noise_db=-51)
    stereo, wide, deep, floating, coarse = Format(44100, 2), Format(48000), Format(16000, 1, "s24"), Format(16000, 1, "f32"), Format(16000, 1, "u8")
    return [
        Archive("bjoern-20120122", "bjoern", MALE, espeak("de+m1", "de", 33, 158), Readme("[male]", language="DE")),
        Archive("bjoern-20120124", "bjoern", MALE, espeak("de+m1", "de", 33, 158), Readme("[male]", language="DE"), prompts=()),
        Archive("Wagtail-05232006", "Wagtail", FEMALE, espeak("en-us+f5", "en", 56, 150), Readme("Female")),
        Archive("sandmartin-20071221-", "sandmartin", MALE, espeak("en-gb+m2", "en", 39, 165), Readme("Male")),
        Archive("otterly-20090301-qzx.zip", "otterly", MALE, espeak("en-us+m4", "en", 41, 160), Readme("Male"), folder="otterly-20090301-qzx"),
        Archive("old oak-20110405-wbn", "old oak", MALE, espeak("en-gb+m8", "en", 29, 145), Readme("Male"), folder="old_oak-20110405-wbn"),
        Archive("renée-20130612-vqo", "renée", FEMALE, espeak("fr-fr+f1", "fr", 58, 160), Readme("Féminin", "Adulte", "FR", "français", "fr", "latin-1")),
        Archive("an4", "an4", UNKNOWN, espeak("en-us+m1", "en", 35, 165), None, clips=6, containers=("sph",), prompts=(), mess="other_layout"),
        # One user, three archives, two opinions: the majority is male.
        *of_user("kestrel", MALE, kestrel, ["20100105-rta", "20100106-nbu"], [Readme("Male", dialect="Scottish English")]),
        *of_user("kestrel", FEMALE, kestrel, ["20100107-zze"], [Readme("Female", dialect="Scottish English")], clips=6),
        # Another form of audio.
        *of_user("flacfinch", FEMALE, espeak("en-us+f2", "en", 57, 160), ["20120301-flc", "20120302-glc"], [Readme("Female")], containers=("flac",)),
        Archive("twicetold-20120402-bth", "twicetold", MALE, espeak("en-us+m7", "en", 36, 150), Readme("Male"), clips=6, containers=("wav", "flac")),
        Archive("oggersby-20120505-vrb", "oggersby", MALE, espeak("en-gb+m6", "en", 38, 150), Readme("Male"), clips=5, containers=("ogg",)),
        Archive("stereotype-20130708-two", "stereotype", MALE, espeak("en-us+m2", "en", 43, 160), Readme("Male"), clips=6, formats=(stereo,)),
        Archive("widebill-20130809-wid", "widebill", FEMALE, espeak("en-gb+f4", "en", 59, 155), Readme("Female"), clips=6, formats=(wide,)),
        Archive("manyforms-20130910-mix", "manyforms", MALE, espeak("en-us+m3", "en", 31, 165), Readme("Male"), clips=9,
                formats=(deep, floating, coarse, Format(8000), Format(22050), Format(11025, 2), Format(44100, 2, "s24"), Format(48000, 2, "f32"), Format())),
        # Short clips, unlabelled ones, leftovers.
        Archive("briefly-20140101-sht", "briefly", FEMALE, espeak("en-us+f3", "en", 60, 180), Readme("Female"), clips=8, short=True),
        Archive("noreadme-20140202-nrd", "noreadme", UNKNOWN, espeak("en-gb+m5", "en", 34, 155), None),
        Archive("noprompts-20140303-npr", "noprompts", MALE, espeak("en-us+m6", "en", 32, 150), Readme("Male"), prompts=()),
        Archive("orchardist-20140404-mac", "orchardist", FEMALE, espeak("en-gb+f3", "en", 62, 155), Readme("Female"), debris=True),
    ]


def spoilt_ones() -> list[Archive]:
    """Archives with something in them that must be refused, or that must be refused whole."""
    voice = espeak("en-us+m4", "en", 37, 160)
    man = Readme("Male")
    return [
        Archive("mixedbag-20150101-bad", "mixedbag", MALE, voice, man, clips=10, mess="bad_audio"),
        Archive("hushed-20150202-sil", "hushed", FEMALE, espeak("en-gb+f1", "en", 60, 160), Readme("Female"), clips=5, mess="silence"),
        Archive("sneaky-20150303-pth", "sneaky", MALE, voice, man, clips=4, mess="hostile_members"),
        Archive("hollow-20150404-emp", "hollow", MALE, voice, man, clips=0, mess="no_audio"),
        Archive("void-20150505-nil", "void", MALE, voice, None, clips=0, mess="no_members"),
        Archive("snapped-20150606-cut", "snapped", MALE, espeak("en-us+m5", "en", 40, 150), man, clips=8, mess="cut_short"),
        Archive("zerobyte-20150707-nul", "zerobyte", MALE, voice, None, clips=0, mess="no_bytes"),
        Archive("notfound-20150808-htm", "notfound", MALE, voice, None, clips=0, mess="html_page"),
    ]
# fmt: on


def archives() -> list[Archive]:
    """All of them, in the order of the index page: by name, as Apache sorts."""
    everything = [*tidy_users(), *recorded_users(), *anonymous(), *odd_ones(), *spoilt_ones()]
    return sorted(everything, key=lambda archive: archive.name.encode())
