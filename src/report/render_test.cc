#include "report/render.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "report/page_pieces.h"

namespace voxlake::report {
namespace {

size_t occurrences(const std::string& text, std::string_view what) {
  size_t count = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

StageFacts made(const char* name, int64_t holds, int64_t made_now) {
  StageFacts stage;
  stage.name = name;
  stage.out = holds;
  stage.made = made_now;
  stage.ran = made_now > 0;
  return stage;
}

// The JSON that the page carries, as a browser would find it.
std::string data_of(const std::string& page) {
  const std::string_view open = R"(<script type="application/json" id="data">)";
  const size_t begin = page.find(open) + open.size();
  return page.substr(begin, page.find("</script>", begin) - begin);
}

TEST(Outcome, SaysTheWholeRunInOneSentence) {
  ReportData data;
  data.totals = {73, 612, 1904, 31, 14, 3600};
  data.run.seconds = 12.34;
  data.stages = {made("decode", 612, 612), made("features", 1904, 1904)};
  EXPECT_EQ(outcome(data), "73 archives → 612 clips → 1,904 windows from 31 speakers in 12.3 s; 14 inputs refused");
}

TEST(Outcome, CountsOneAndNoneInPlainEnglish) {
  ReportData data;
  data.totals = {1, 1, 1, 1, 0, 2};
  data.run.seconds = 3725;
  data.stages = {made("decode", 1, 1)};
  EXPECT_EQ(outcome(data), "1 archive → 1 clip → 1 window from 1 speaker in 1 h 02 min; nothing refused");
}

TEST(Outcome, GroupsThousandsAndSpeaksOfMinutes) {
  ReportData data;
  data.totals = {6244, 95500, 1234567, 3383, 1, 0};
  data.run.seconds = 61;
  data.stages = {made("decode", 95500, 95500)};
  EXPECT_EQ(outcome(data), "6,244 archives → 95,500 clips → 1,234,567 windows from 3,383 speakers in 1 min 01 s; 1 input refused");
}

TEST(Outcome, ClaimsNoTimeThatAnEarlierRunTook) {
  ReportData data;
  data.totals = {2, 20, 40, 2, 0, 60};
  data.run.seconds = 1.2;
  data.stages = {made("decode", 20, 10), made("features", 40, 20)};
  EXPECT_EQ(outcome(data), "2 archives → 20 clips → 40 windows from 2 speakers, brought up to date in 1.2 s; nothing refused");
  data.stages = {made("decode", 20, 0), made("features", 40, 0)};
  EXPECT_EQ(outcome(data), "2 archives → 20 clips → 40 windows from 2 speakers; nothing refused");
}

TEST(Render, AsksNothingOfAnyNetwork) {
  const auto page = render({});
  ASSERT_TRUE(page) << page.error().to_string();
  EXPECT_EQ(occurrences(*page, "<script src"), 0U);
  EXPECT_EQ(occurrences(*page, "<link rel=\"stylesheet\""), 0U);
  EXPECT_EQ(occurrences(*page, "@import"), 0U);
  EXPECT_NE(page->find("default-src 'none'"), std::string::npos);
}

TEST(Render, LeavesNoPlaceUnfilled) {
  const auto page = render({});
  ASSERT_TRUE(page);
  EXPECT_EQ(page->find("{{outcome}}"), std::string::npos);
  EXPECT_NE(page->find("function drawFlow"), std::string::npos);
  EXPECT_NE(page->find("Observable, Inc"), std::string::npos);
  EXPECT_NE(page->find("Permission to use, copy, modify"), std::string::npos);
}

TEST(Render, TextFromStrangersStaysText) {
  ReportData data;
  data.run.corpus = "<b>\"corpus\" & 'more'</b>";
  data.rejects.lines.push_back(
      {"decode", "</script><script>alert(1)</script>", "<!--<script>", "not_audio", "{{data}} {{script}}", std::nullopt});
  const auto plain = render({});
  const auto page = render(data);
  ASSERT_TRUE(page);
  EXPECT_EQ(occurrences(*page, "<script"), occurrences(*plain, "<script"));
  EXPECT_EQ(occurrences(*page, "</script"), occurrences(*plain, "</script"));
  EXPECT_EQ(occurrences(*page, "<b>"), occurrences(*plain, "<b>"));
  EXPECT_NE(page->find("<title>&lt;b&gt;&quot;corpus&quot; &amp; &#39;more&#39;&lt;/b&gt;"), std::string::npos);
  const auto json = nlohmann::json::parse(data_of(*page));
  EXPECT_EQ(json["rejects"]["lines"][0]["archive"], "</script><script>alert(1)</script>");
  EXPECT_EQ(json["rejects"]["lines"][0]["detail"], "{{data}} {{script}}");
}

TEST(Render, CarriesWhichTablesItShows) {
  ReportData data;
  data.run.tables = "silver/utterances 12";
  const auto page = render(data);
  ASSERT_TRUE(page);
  EXPECT_EQ(tables_of(std::string_view(*page).substr(0, 4096)), "silver/utterances 12");
  EXPECT_EQ(tables_of("<!doctype html>"), "");
}

TEST(Render, ReplacesBytesThatAreNotUtf8) {
  ReportData data;
  data.rejects.lines.push_back({"decode", "caf\xE9", std::nullopt, "not_audio", "", 7});
  const auto page = render(data);
  ASSERT_TRUE(page);
  EXPECT_EQ(nlohmann::json::parse(data_of(*page))["rejects"]["lines"][0]["archive"], "caf\uFFFD");
}

TEST(ToJson, HasNullWhereANumberIsNotFinite) {
  ReportData data;
  FeatureFacts feature;
  feature.spreads.push_back({"female", {}, NAN, INFINITY, -INFINITY, NAN, 1.5});
  feature.separation = NAN;
  data.measures.features.push_back(feature);
  ExampleClip clip;
  clip.pitch = {NAN, 120.0};
  data.examples.push_back(clip);
  const auto json = to_json(data);
  const auto& spread = json["measures"]["features"][0]["spreads"][0];
  for (const char* name : {"q05", "q25", "median", "q75"}) EXPECT_TRUE(spread[name].is_null()) << name;
  EXPECT_EQ(spread["q95"], 1.5);
  EXPECT_TRUE(json["measures"]["features"][0]["separation"].is_null());
  EXPECT_EQ(json["examples"][0]["pitch"], nlohmann::json::parse("[null, 120.0]"));
  EXPECT_EQ(json.dump().find("NaN"), std::string::npos);
}

TEST(Pieces, AreTheFilesThemselves) {
  EXPECT_TRUE(pieces::page_html().starts_with("<!doctype html>"));
  EXPECT_TRUE(pieces::page_html().ends_with("</html>\n"));
  EXPECT_TRUE(pieces::page_js().ends_with("window.voxlakeReport = report;\n"));
  EXPECT_GT(pieces::d3_js().size(), 200'000U);
  EXPECT_GT(pieces::plot_js().size(), 150'000U);
}

}  // namespace
}  // namespace voxlake::report
