#include "corpus/label_words.h"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "corpus/letters.h"

namespace voxlake::corpus {
namespace {

/// Folded word to meaning.
template <typename Meaning>
using Words = std::map<std::string, Meaning>;

template <typename Meaning>
void add(Words<Meaning>& words, Meaning meaning, std::initializer_list<std::string_view> spellings) {
  for (std::string_view spelling : spellings) {
    for (std::string& word : folded_words(spelling)) words.emplace(std::move(word), meaning);
  }
}

/// The one meaning that a text's words have; none where there is none, or more than one.
template <typename Meaning>
std::optional<Meaning> only_meaning(const Words<Meaning>& words, const std::vector<std::string>& text) {
  std::optional<Meaning> found;
  for (const std::string& word : text) {
    const auto entry = words.find(word);
    if (entry == words.end()) continue;
    if (found && *found != entry->second) return std::nullopt;
    found = entry->second;
  }
  return found;
}

const Words<LabelField>& field_words() {
  static const Words<LabelField> words = [] {
    Words<LabelField> all;
    add(all, LabelField::gender, {"gender", "sex",      "Geschlecht", "Sexe",  "Sexo", "Sesso",    "Género", "Gênero", "Gènere",
                                  "Genere", "Geslacht", "Пол",        "Стать", "Φύλο", "Cinsiyet", "Gjinia", "Gjini",  "מגדר",
                                  "מין",    "Płeć",     "Pohlaví",    "Spol",  "Kön",  "Kjønn",    "性别",   "性別"});
    add(all, LabelField::age_range,
        {"age",
         "Alter",
         "Altersbereich",
         "Altersgruppe",
         "Altersspanne",
         "Altersklasse",
         "Âge",
         "Edad",
         "Età",
         "Leeftijd",
         "Leeftijdscategorie",
         "Leeftijdsgroep",
         "Возраст",
         "Вік",
         "Вікова",
         "Възраст",
         "Idade",
         "etária",
         "Edat",
         "Ηλικία",
         "Ηλικιακή",
         "Yaş",
         "Mosha",
         "Grupmosha",
         "גיל",
         "Wiek",
         "Věk",
         "Dob",
         "Ålder",
         "Alder"});
    add(all, LabelField::dialect, {"dialect",  "pronunciation", "accent",  "Dialekt",   "Mundart", "Akzent",  "Dialecte",
                                   "Dialecto", "Dialetto",      "Dialeto", "Uitspraak", "Диалект", "Діалект", "Διάλεκτος",
                                   "Dialekti", "Lehçe",         "Şive",    "ניב",       "דיאלקט",  "Nářečí",  "Narzecze"});
    add(all, LabelField::language,
        {"language", "Sprache", "Langue", "Idioma", "Lingua", "Língua", "Lengua", "Llengua", "Taal",  "Язык",  "Мова", "Език",
         "Γλώσσα",   "Dil",     "Gjuha",  "Gjuhë",  "שפה",    "Język",  "Jazyk",  "Jezik",   "Språk", "Sprog", "语言", "言語"});
    return all;
  }();
  return words;
}

constexpr std::string_view male = "male";
constexpr std::string_view female = "female";

const Words<std::string_view>& gender_words() {
  static const Words<std::string_view> words = [] {
    Words<std::string_view> all;
    // `make` is how ten clips of VoxForge misspell it.
    add(all, male,
        {"male",    "make",     "man",      "männlich",  "maennlich", "Mann",    "masculin", "homme", "masculino", "hombre",   "varón",
         "maschio", "maschile", "uomo",     "mannelijk", "мужской",   "мужчина", "мужск",    "муж",   "homem",     "masculí",  "home",
         "άνδρας",  "άντρας",   "αρσενικό", "ανδρικό",   "זכר",       "גבר",     "mashkull", "erkek", "bay",       "чоловіча", "чоловічий",
         "чоловік", "чоловіче", "мъж",      "мъжки",     "mężczyzna", "męski",   "męska",    "muž",   "muški",     "muško",    "manlig",
         "mand",    "mannlig",  "bărbat",   "男",        "男性",      "ذكر",     "مرد"});
    add(all, female,
        {"female",    "woman",  "weiblich",   "Frau",    "féminin", "femme",   "femenino", "feminino", "mujer",  "hembra",  "femmina",
         "femminile", "donna",  "vrouwelijk", "vrouw",   "женский", "женщина", "женск",    "жен",      "mulher", "femení",  "dona",
         "γυναίκα",   "θηλυκό", "γυναικείο",  "נקבה",    "אישה",    "femër",   "kadın",    "bayan",    "жіноча", "жіночий", "жінка",
         "жіноче",    "жена",   "женски",     "kobieta", "żeński",  "żeńska",  "žena",     "ženski",   "žensko", "kvinna",  "kvinnlig",
         "kvinde",    "kvinne", "femeie",     "女",      "女性",    "أنثى",    "زن"});
    return all;
  }();
  return words;
}

const Words<std::string_view>& age_words() {
  static const Words<std::string_view> words = [] {
    Words<std::string_view> all;
    add<std::string_view>(all, "youth",
                          {"youth", "young",    "teen",     "teenager", "child",    "Jugend",  "jugendlich", "Jugendlicher", "Jugendliche",
                           "jung",  "jeune",    "jeunesse", "joven",    "juventud", "giovane", "gioventù",   "jeugd",        "jongere",
                           "jong",  "молодой",  "молодая",  "молодёжь", "юноша",    "юность",  "подросток",  "jovem",        "juventude",
                           "jove",  "joventut", "νέος",     "νέα",      "νεολαία",  "νεότητα", "genç",       "молодь",       "молодий",
                           "юнак",  "rini",     "rinia",    "נוער",     "צעיר"});
    add<std::string_view>(
        all, "adult", {"adult",    "adulte",   "adulto",   "adulta",  "erwachsen", "Erwachsener", "Erwachsene", "volwassen", "volwassene",
                       "взрослый", "взрослая", "дорослий", "доросла", "възрастен", "ενήλικας",    "ενήλικος",   "ενήλικη",   "ενήλικες",
                       "בוגר",     "מבוגר",    "yetişkin", "rritur",  "dorosły",   "dospělý",     "odrasli",    "vuxen",     "voksen"});
    add<std::string_view>(all, "senior", {"senior",  "elderly",  "sénior", "Ältere",      "aîné",       "anziano",   "anziana", "mayor",
                                          "bejaard", "bejaarde", "oudere", "пожилой",     "пожилая",    "пенсионер", "старший", "літній",
                                          "літня",   "idoso",    "idosa",  "ηλικιωμένος", "ηλικιωμένη", "yaşlı",     "moshuar", "קשיש"});
    return all;
  }();
  return words;
}

/// Forms that carry one letter only: m(ale), f(emale), w(eiblich), and the Russian м and ж. `v`, `h`, `k` differ between languages.
std::optional<std::string_view> gender_letter(const std::string& word) {
  if (word == "m" || word == "м") return male;
  if (word == "f" || word == "w" || word == "ж") return female;
  return std::nullopt;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += text.empty() ? word : " " + word;
  return text;
}

bool contains(std::initializer_list<std::string_view> list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

std::optional<LabelField> label_field(std::string_view key) {
  // The form's keys are short; a sentence with a colon in it is none.
  constexpr size_t most_words = 6;
  const std::vector<std::string> words = folded_words(key);
  if (words.empty() || words.size() > most_words) return std::nullopt;
  std::optional<LabelField> field;
  for (const std::string& word : words) {
    if (contains({"first", "native", "mother", "sub"}, word)) return std::nullopt;
    const auto entry = field_words().find(word);
    if (entry == field_words().end()) continue;
    // Any other field is more particular than the language: `language dialect` is a dialect.
    if (!field || *field == LabelField::language) field = entry->second;
  }
  return field;
}

std::optional<std::string_view> gender_word(std::string_view value) {
  const std::vector<std::string> words = folded_words(value);
  if (words.size() == 1) {
    if (const auto letter = gender_letter(words.front())) return letter;
  }
  return only_meaning(gender_words(), words);
}

std::optional<std::string_view> age_word(std::string_view value) {
  return only_meaning(age_words(), folded_words(value));
}

bool is_unfilled(std::string_view value) {
  const std::string text = joined(folded_words(value));
  if (text.empty()) return std::none_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
  return contains({"please select", "select", "unknown", "n a", "na", "none", "unbekannt", "inconnu", "desconocido", "desconhecido",
                   "sconosciuto", "onbekend"},
                  text);
}

}  // namespace voxlake::corpus
