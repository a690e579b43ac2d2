#include "corpus/labels.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "corpus/letters.h"

namespace voxlake::corpus {
namespace {

using std::string_literals::operator""s;

std::string readme(const std::string& gender_line, const std::string& end = "\n") {
  return "User Name:anonymous" + end + end + "Speaker Characteristics:" + end + end + gender_line + end + "Age Range: Adult" + end +
         "Language: EN" + end + "Pronunciation dialect: American English" + end + end + "Recording Information:" + end + end +
         "Microphone make: n/a" + end + "Microphone type: Headset mic" + end + "Audio card type: unknown" + end + "File Info:" + end + end +
         "File type: wav" + end + "Sampling Rate: 16000" + end + "Sample rate format: 16" + end + "Number of channels: 1" + end;
}

TEST(ParseReadme, ReadsTheFormOfVoxForgeWithAnyLineEnds) {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    const Labels labels = parse_readme(readme("Gender: Male", end));
    EXPECT_EQ(labels.gender, "male");
    EXPECT_EQ(labels.gender_raw, "Male");
    EXPECT_EQ(labels.age_range, "adult");
    EXPECT_EQ(labels.language, "EN");
    EXPECT_EQ(labels.dialect, "American English");
  }
}

TEST(ParseReadme, GivesNoLabelsWhereThereAreNone) {
  for (const std::string text : {"", "\n\n", "nothing here", "a: b", ":::", ": male"}) {
    const Labels labels = parse_readme(text);
    EXPECT_EQ(labels.gender, "unknown");
    EXPECT_FALSE(labels.gender_raw);
    EXPECT_FALSE(labels.age_range);
    EXPECT_FALSE(labels.language);
    EXPECT_FALSE(labels.dialect);
  }
}

TEST(ParseReadme, NeverGuessesTheGenderFromElsewhere) {
  EXPECT_EQ(parse_readme("User Name: Mary\nNote: a female voice\nMicrophone make: male\n").gender, "unknown");
  EXPECT_EQ(parse_readme(readme("Gender: Mary")).gender, "unknown");
}

TEST(ParseReadme, TakesNoLabelFromAFieldThatWasLeftUnfilled) {
  const Labels labels =
      parse_readme("Gender: Please Select\nAge Range: Please Select\nLanguage: n/a\nPronunciation dialect: unknown\nDialect: Welsh\n");
  EXPECT_EQ(labels.gender, "unknown");
  EXPECT_EQ(labels.gender_raw, "Please Select");
  EXPECT_FALSE(labels.age_range);
  EXPECT_FALSE(labels.language);
  EXPECT_EQ(labels.dialect, "Welsh");
}

TEST(ParseReadme, DoesNotTakeTheFirstLanguageForTheLanguageSpoken) {
  const Labels labels =
      parse_readme("Native Speaker: No\n  first language: Polish\nLanguage: EN\nPronunciation dialect: Other\n  sub-dialect: x\n");
  EXPECT_EQ(labels.language, "EN");
  EXPECT_EQ(labels.dialect, "Other");
}

TEST(ParseReadme, ReadsEveryEncoding) {
  const std::string latin_1 = readme("Geschlecht: m\xE4nnlich;");
  EXPECT_EQ(parse_readme(latin_1).gender, "male");
  EXPECT_EQ(parse_readme(latin_1).gender_raw, "männlich;");
  EXPECT_EQ(parse_readme("\xEF\xBB\xBF" + readme("Geschlecht: Männlich")).gender, "male");
  EXPECT_EQ(parse_readme("\xEF\xBB\xBFGender: Male\n").gender, "male");
  const std::string latin = readme("Gender: Female", "\r\n");
  std::string little = "\xFF\xFE";
  std::string big = "\xFE\xFF";
  for (const char letter : latin) {
    little += std::string{letter, '\0'};
    big += std::string{'\0', letter};
  }
  EXPECT_EQ(parse_readme(little).gender, "female");
  EXPECT_EQ(parse_readme(big).gender, "female");
  EXPECT_EQ(parse_readme(big).dialect, "American English");
}

struct Translation {
  const char* text;
  const char* gender;
  const char* age_range;
  const char* language;
  const char* dialect;
};

class TranslatedReadme : public testing::TestWithParam<Translation> {};

TEST_P(TranslatedReadme, GivesTheSameLabels) {
  const Labels labels = parse_readme(GetParam().text);
  EXPECT_EQ(labels.gender, GetParam().gender);
  EXPECT_EQ(labels.age_range, GetParam().age_range);
  EXPECT_EQ(labels.language, GetParam().language);
  EXPECT_EQ(labels.dialect, GetParam().dialect);
}

INSTANTIATE_TEST_SUITE_P(
    Languages, TranslatedReadme,
    testing::Values(
        Translation{"Geschlecht: Weiblich\nAltersbereich: Erwachsener\nSprache: DE\nAussprache Dialekt: Hochdeutsch\n", "female", "adult",
                    "DE", "Hochdeutsch"},
        Translation{"Sexe : Masculin\nTranche d'âge : Jeune\nLangue : FR\nDialecte de prononciation : Québec\n", "male", "youth", "FR",
                    "Québec"},
        Translation{"Género: Masculino\nRango de edad: Adulto\nIdioma: ES\nDialecto: España\n", "male", "adult", "ES", "España"},
        Translation{"Sesso: Femmina\nFascia d’età: Anziano\nLingua: IT\nDialetto: Toscana\n", "female", "senior", "IT", "Toscana"},
        Translation{"Geslacht: Vrouwelijk\nLeeftijdscategorie: Volwassen\nTaal: NL\nUitspraak dialect: Vlaams\n", "female", "adult", "NL",
                    "Vlaams"},
        Translation{"Пол: Мужской\nВозраст: Взрослый\nЯзык: RU\nДиалект произношения: Москва\n", "male", "adult", "RU", "Москва"},
        Translation{"Gênero: Feminino\nFaixa etária: Adulto\nIdioma: PT_BR\nDialeto: Paulista\n", "female", "adult", "PT_BR", "Paulista"},
        Translation{"Gènere: Masculí\nEdat: Jove\nLlengua: CA\nDialecte: Central\n", "male", "youth", "CA", "Central"},
        Translation{"Φύλο: Άνδρας\nΗλικία: Ενήλικας\nΓλώσσα: EL\nΔιάλεκτος: Κρήτη\n", "male", "adult", "EL", "Κρήτη"},
        Translation{"ΦΎΛΟ: ΓΥΝΑΊΚΑ\nΗΛΙΚΊΑ: ΝΈΟΣ\nΓΛΏΣΣΑ: EL\nΔΙΆΛΕΚΤΟΣ: x\n", "female", "youth", "EL", "x"},
        Translation{"מין: נקבה\nגיל: בוגר\nשפה: HE\nניב: x\n", "female", "adult", "HE", "x"},
        Translation{"Gjinia: Mashkull\nMosha: I rritur\nGjuha: SQ\nDialekti: Geg\n", "male", "adult", "SQ", "Geg"},
        Translation{"Cinsiyet: Kadın\nYaş aralığı: Yetişkin\nDil: TR\nLehçe: İstanbul\n", "female", "adult", "TR", "İstanbul"},
        Translation{"Стать: Чоловіча\nВікова група: Дорослий\nМова: UK\nДіалект: Київ\n", "male", "adult", "UK", "Київ"}));

TEST(NormaliseGender, ReadsTheSpellingsOfVoxForge) {
  for (const char* raw :
       {"Male", "male;", "[male]", "[male];", "make", "male", "Male\t", "Masculino", "männlich", "Männlich", "(male)", "M", "MALE."}) {
    EXPECT_EQ(normalise_gender(raw), "male") << raw;
  }
  for (const char* raw : {"Female", "[female]", "[female];", "female;", "Weiblich", "weiblich", "f", "W"}) {
    EXPECT_EQ(normalise_gender(raw), "female") << raw;
  }
}

TEST(NormaliseGender, IsUnknownWhereItIsNotSaid) {
  for (const char* raw :
       {"unknown", "Please Select", "adult", "", "male/female", "Female or Male", "other", "v", "femalemale", "n/a", "\xFF\xFE"}) {
    EXPECT_EQ(normalise_gender(raw), "unknown") << raw;
  }
}

TEST(ParseReadme, CleansAgesAndKeepsWhatItDoesNotKnow) {
  const auto age = [](const std::string& raw) { return parse_readme("Age Range: " + raw + "\n").age_range; };
  for (const char* raw : {"Youth", "[youth]", "youth;"}) EXPECT_EQ(age(raw), "youth");
  for (const char* raw : {"Adult", "[adult];", "ADULT"}) EXPECT_EQ(age(raw), "adult");
  for (const char* raw : {"Senior", "[senior]"}) EXPECT_EQ(age(raw), "senior");
  EXPECT_EQ(age("18-30"), "18-30");
  EXPECT_FALSE(age("Please Select"));
}

TEST(ParsePrompts, ReadsBothFiles) {
  const auto upper = parse_prompts("x-20080101-abc/mfc/a0001 AUTHOR OF\r\n*/a0002\tTHE DANGER TRAIL \r\n\r\nx/mfc/a0003\n");
  EXPECT_EQ(upper, (std::map<std::string, std::string>{{"a0001", "AUTHOR OF"}, {"a0002", "THE DANGER TRAIL"}}));
  const auto original = parse_prompts("\xEF\xBB\xBF"s + "a0001 Author of…\ra0001 again\rrb-01.wav Über alles\r");
  EXPECT_EQ(original, (std::map<std::string, std::string>{{"a0001", "Author of…"}, {"rb-01", "Über alles"}}));
  EXPECT_TRUE(parse_prompts("").empty());
}

TEST(ToUtf8, ReadsWindows1252WhereTheBytesAreNotUtf8) {
  EXPECT_EQ(to_utf8("na\xEFve \x80\x93"), "naïve €“");
  EXPECT_EQ(to_utf8("naïve"), "naïve");
  EXPECT_EQ(to_utf8("\xC0\x80"), "À€");
  EXPECT_EQ(to_utf8("\xFF\xFE\x3D\xD8\x00\xDE"s), "😀");
  EXPECT_EQ(to_utf8("\xFF\xFE\x3D\xD8x"s), "\uFFFD");
  EXPECT_EQ(to_utf8(""), "");
}

TEST(Labels, StayValidUtf8AndNeverFailOnRandomBytes) {
  std::mt19937 random(7);
  const std::vector<std::string> pieces = {"Gender:", "Age Range:", "\r",  "\n",   "\xFF\xFE", "\xEF\xBB\xBF",
                                           "\xE4",    "ü",          "Пол", "male", " ",        "a0001 "};
  for (int round = 0; round < 3000; ++round) {
    std::string bytes;
    const size_t count = random() % 60;
    for (size_t i = 0; i < count; ++i) {
      bytes += random() % 3 == 0 ? pieces[random() % pieces.size()] : std::string(1, static_cast<char>(random() % 256));
    }
    EXPECT_TRUE(is_valid_utf8(to_utf8(bytes)));
    const Labels labels = parse_readme(bytes);
    EXPECT_TRUE(labels.gender == "male" || labels.gender == "female" || labels.gender == "unknown");
    for (const auto& label : {labels.gender_raw, labels.age_range, labels.language, labels.dialect}) {
      if (label) {
        EXPECT_TRUE(is_valid_utf8(*label));
      }
    }
    for (const auto& [stem, prompt] : parse_prompts(bytes)) EXPECT_TRUE(is_valid_utf8(prompt) && is_valid_utf8(stem));
  }
}

}  // namespace
}  // namespace voxlake::corpus
