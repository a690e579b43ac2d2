#include "corpus/listing.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>

#include "corpus/archive_file.h"
#include "files/without_rights_test_support.h"

namespace voxlake::corpus {
namespace {

using std::string_literals::operator""s;

constexpr const char* page_url = "http://www.repository.voxforge1.org/downloads/Main/16kHz_16bit/";

std::vector<ManifestRow> parsed(const std::string& html, const std::string& url = page_url) {
  auto result = parse_index_page(html, url);
  EXPECT_TRUE(result) << result.error().to_string();
  return result ? *result : std::vector<ManifestRow>{};
}

std::vector<std::string> urls(const std::string& html, const std::string& url = "http://host/a/b/") {
  std::vector<std::string> result;
  for (const ManifestRow& row : parsed(html, url)) result.push_back(row.url());
  return result;
}

std::string refusal(const std::string& html, const std::string& url = page_url) {
  const auto result = parse_index_page(html, url);
  EXPECT_FALSE(result);
  if (result) return "";
  EXPECT_EQ(result.error().kind, ErrorKind::corrupt_data);
  EXPECT_FALSE(result.error().remedy.empty());
  return result.error().message;
}

using Urls = std::vector<std::string>;

/// A page as Apache's mod_autoindex writes it, names cut short as there.
std::string apache_page(const std::vector<std::string>& names) {
  std::string html =
      "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 3.2 Final//EN\">\n<html>\n <head>\n  <title>Index of /downloads</title>\n </head>\n "
      "<body>\n"
      "<h1>Index of /downloads</h1>\n<pre><img src=\"/icons/blank.gif\" alt=\"Icon \"> <a href=\"?C=N;O=D\">Name</a>  "
      "<a href=\"?C=M;O=A\">Last modified</a>  <a href=\"?C=S;O=A\">Size</a>  <a href=\"?C=D;O=A\">Description</a><hr>"
      "<img src=\"/icons/back.gif\" alt=\"[DIR]\"> <a href=\"/downloads/\">Parent Directory</a>                      -   \n";
  for (const std::string& name : names) {
    html += "<img src=\"/icons/compressed.gif\" alt=\"[   ]\"> <a href=\"" + name + "\">" + name.substr(0, 20) +
            "..&gt;</a> 13-Mar-2011 08:20  1.0M  \n";
  }
  return html + "<hr></pre>\n<address>Apache/2.2.15 (CentOS) Server at www Port 80</address>\n</body></html>\n";
}

TEST(ParseIndexPage, ReadsApachesFancyIndexByHref) {
  const auto rows = parsed(apache_page({"1028-20100710-hne.tgz", "anthonyschaller-20071221-.tgz", "README", "sub/"}));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0], (ManifestRow{"http://www.repository.voxforge1.org/", "downloads/Main/16kHz_16bit/1028-20100710-hne.tgz",
                                  "1028-20100710-hne.tgz"}));
  EXPECT_EQ(rows[1].file_name, "anthonyschaller-20071221-.tgz");
}

TEST(ParseIndexPage, ReadsTheIndexesOfOtherServers) {
  EXPECT_EQ(urls("<html><head><title>Index of /a/</title></head><body><h1>Index of /a/</h1><hr><pre><a href=\"../\">../</a>\n"
                 "<a href=\"x-20080101-abc.tgz\">x-20080101-abc.tgz</a>  01-Jan-2008 10:00  1000\n</pre><hr></body></html>"),
            Urls{"http://host/a/b/x-20080101-abc.tgz"});
  EXPECT_EQ(urls("<html><body><H1>host - /a/b/</H1><hr><pre><A HREF=\"/a/\">[To Parent Directory]</A><br><br> 1/1/2008 1000 "
                 "<A HREF=\"/a/b/x.TGZ\">x.TGZ</A><br></pre></body></html>"),
            Urls{"http://host/a/b/x.TGZ"});
  EXPECT_EQ(urls("<table><tr><td><a href='x.tar.gz'>x</a><td>1 MB<tr><td><a href = y.tgz>y</table>"),
            (Urls{"http://host/a/b/x.tar.gz", "http://host/a/b/y.tgz"}));
}

TEST(ParseIndexPage, ResolvesLinksAgainstThePage) {
  EXPECT_EQ(
      urls("<a href=../x1.tgz><a href=/x2.tgz><a href='//Other.org/p/x3.tgz'><a href=https://secure:8443/x4.tgz><a href=c/./d/../x5.tgz>"
           "<a href=../../../x6.tgz><a href='\n x7.tgz\t'><a href='c\\x8.tgz'>"),
      (Urls{"http://host/a/x1.tgz", "http://host/x2.tgz", "http://other.org/p/x3.tgz", "https://secure:8443/x4.tgz",
            "http://host/a/b/c/x5.tgz", "http://host/x6.tgz", "http://host/a/b/x7.tgz", "http://host/a/b/c/x8.tgz"}));
  EXPECT_EQ(urls("<a href=x.tgz>", "http://host/a/index.html?page=1#top"), Urls{"http://host/a/x.tgz"});
  EXPECT_EQ(urls("<a href=x.tgz>", "HTTPS://Host:80"), Urls{"https://host:80/x.tgz"});
}

TEST(ParseIndexPage, HonoursTheFirstBase) {
  EXPECT_EQ(urls("<head><base href='/files/'><base href=/no/></head><a href=x.tgz>"), Urls{"http://host/files/x.tgz"});
  EXPECT_EQ(urls("<a href=x.tgz><base href='https://cdn.org/'>"), Urls{"https://cdn.org/x.tgz"});
}

TEST(ParseIndexPage, KeepsQueriesOfArchivesAndDropsFragments) {
  EXPECT_EQ(urls("<a href='x.tgz?download=1&amp;v=2'><a href='y.tgz#sha256=00'>"),
            (Urls{"http://host/a/b/x.tgz?download=1&v=2", "http://host/a/b/y.tgz"}));
}

TEST(ParseIndexPage, LeavesOtherLinksOut) {
  EXPECT_EQ(
      urls("<a href='?C=N;O=D'><a href='#x.tgz'><a href=''><a><a name='x.tgz'><a href='get?f=x.tgz'><a href='x.tgz/'><a href='.tgz'>"
           "<a href='mailto:x.tgz'><a href='javascript:x.tgz'><a href='ftp://h/x.tgz'><a href='data:,x.tgz'><a href='http:///x.tgz'>"
           "<a href='file:///etc/x.tgz'><!-- <a href='c.tgz'> --><script>'<a href=\"s.tgz\">'</script><link href='l.tgz'><a href=ok.tgz>"),
      Urls{"http://host/a/b/ok.tgz"});
  EXPECT_EQ(urls("<a href='?C=N;O=D'>Name</a><a href=''>here</a><a href='/y.tgz'>", "http://host/dir.tgz"), Urls{"http://host/y.tgz"});
}

TEST(ParseIndexPage, ListsEachArchiveOnceAsFirstLinked) {
  EXPECT_EQ(urls("<a href=x.tgz>icon</a><a href=x.tgz>x</a><a href=./x.tgz?v=1><a href=/other/x.tgz><a href=x.tar.gz><a href=y.tgz>"),
            (Urls{"http://host/a/b/x.tgz", "http://host/a/b/y.tgz"}));
}

TEST(ParseIndexPage, DecodesFileNamesAndKeepsAddressesEncoded) {
  const auto rows = parsed(
      "<meta charset=utf-8><a href='J%c3%bcrgen%20K-20080101-abc.tgz'><a href='caf\u00e9 1.tgz'><a href='100%25.tgz'><a href='%zz.tgz'>");
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0].file_name, "Jürgen K-20080101-abc.tgz");
  EXPECT_EQ(rows[0].relative_url, "downloads/Main/16kHz_16bit/J%c3%bcrgen%20K-20080101-abc.tgz");
  EXPECT_EQ(rows[1].file_name, "café 1.tgz");
  EXPECT_EQ(rows[1].relative_url, "downloads/Main/16kHz_16bit/caf%C3%A9%201.tgz");
  EXPECT_EQ(rows[2].file_name, "100%.tgz");
  EXPECT_EQ(rows[3].file_name, "%zz.tgz");
}

std::string only_name(const std::string& html) {
  const auto rows = parsed(html);
  EXPECT_EQ(rows.size(), 1U);
  return rows.size() == 1 ? rows.front().file_name : "";
}

TEST(ParseIndexPage, ReadsPagesInAnyEncoding) {
  EXPECT_EQ(only_name("<a href='caf\u00e9.tgz'>"), "café.tgz");
  EXPECT_EQ(only_name("<a href='caf\xE9.tgz'>"), "café.tgz");
  EXPECT_EQ(only_name("<a href='caf%E9.tgz'>"), "café.tgz");
  EXPECT_EQ(only_name("\xEF\xBB\xBF<a href='caf\u00e9.tgz'>"), "café.tgz");
  std::string wide = "\xFF\xFE";
  for (const char letter : "<html><body><a href='x.tgz'>x</a></body></html>"s) wide += std::string{letter, '\0'};
  EXPECT_EQ(only_name(wide), "x.tgz");
}

TEST(ParseIndexPage, RefusesNamesThatCouldLeaveTheLake) {
  EXPECT_EQ(urls("<a href='..%2fx.tgz'><a href='%2e%2e%2f%2e%2e%2fetc%2fx.tgz'><a href='a%5Cx.tgz'><a href='x%00.tgz'><a href='x%0a.tgz'>"
                 "<a href='...tgz'><a href='..tgz'><a href='%e2%80%aex.tgz'><a href='" +
                 std::string(300, 'x') + ".tgz'><a href='ok.tgz'>"),
            Urls{"http://host/a/b/ok.tgz"});
  EXPECT_EQ(urls("<a href='%2e%2e/x.tgz'>"), Urls{"http://host/a/x.tgz"});
  EXPECT_NE(refusal("<a href='..%2fx.tgz'>x</a>").find("1 links to archives were refused"), std::string::npos);
}

TEST(ParseIndexPage, KeepsUserAndPasswordOutOfRowsAndMessages) {
  EXPECT_EQ(urls("<a href=x.tgz><a href='http://u:p@h/y.tgz'>", "http://me:secret@host/a/"),
            (Urls{"http://host/a/x.tgz", "http://h/y.tgz"}));
  EXPECT_EQ(refusal("", "http://me:secret@host/a/?sig=hidden").find("secret"), std::string::npos);
  EXPECT_EQ(refusal("", "http://me:secret@host/a/?sig=hidden").find("hidden"), std::string::npos);
}

TEST(ParseIndexPage, ReadsPagesOnThisMachine) {
  const auto rows = parsed("<a href='x%20y.tgz'><a href='http://h/z.tgz'>", "file:///data/my%20corpus/index.html");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0], (ManifestRow{"file:///", "data/my%20corpus/x%20y.tgz", "x y.tgz"}));
  EXPECT_EQ(rows[1].base_url, "http://h/");
}

TEST(ParseIndexPage, SaysWhatWasFoundInsteadOfAnIndex) {
  const auto contains = [](const std::string& html, const std::string& expected) {
    const std::string message = refusal(html);
    EXPECT_NE(message.find(expected), std::string::npos) << message;
  };
  contains("", "it is empty");
  contains(" \r\n ", "it is empty");
  contains(
      "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>404 Not Found</title>\n</head><body>\n<h1>Not Found</h1>"
      "<p>The requested URL was not found on this server.</p></body></html>",
      "has no links; its title is \"404 Not Found\"");
  contains("<html><style>p {}</style><script>var x = 1;</script><p>Sign\nin <input type=password></html>",
           "asks for a password; it begins with \"Sign in\"");
  contains("<title>News</title><a href=/a>a</a><a href=/b>b</a>",
           "none of its 2 links leads to a .tgz or .tar.gz file; its title is \"News\"");
  contains("just some words", "it begins with \"just some words\"");
  contains("\x1F\x8B\x08\x00\x00"s, "gzip file");
  contains("PK\x03\x04\x00\x00\x00\x00\x00\x01"s, "binary data (10 bytes that begin with 50 4B 03 04");
  contains("<title>" + std::string(500, 'x') + "</title>", std::string(80, 'x') + "…\"");
}

TEST(ParseIndexPage, RefusesAnAddressThatIsNone) {
  for (const char* url : {"", "host/a", "/a/b", "ftp://h/", "http://", "http:///x"}) {
    const auto result = parse_index_page("<a href=x.tgz>", url);
    ASSERT_FALSE(result) << url;
    EXPECT_EQ(result.error().kind, ErrorKind::invalid_argument);
  }
}

TEST(ParseIndexPage, ReadsHugeAndDeeplyNestedPages) {
  std::string html;
  for (int i = 0; i < 100'000; ++i)
    html += "<div><font><a href=\"s" + std::to_string(i) + "-20080101-abc.tgz\">x</a> " + std::string(100, ' ');
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(parsed(html).size(), 100'000U);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

TEST(ParseIndexPage, NeverFailsOtherwiseOnRandomBytes) {
  std::mt19937 random(13);
  const std::vector<std::string> pieces = {"<a href='", "'>", "x.tgz", "<base href=", "%2f",      "%00",  "//",   "..", "?",
                                           "#",         ":",  "@",     "<title>",     "\xFF\xFE", "<!--", "&#0;", "]]>"};
  for (int round = 0; round < 3000; ++round) {
    std::string html;
    for (size_t i = 0; i < random() % 80; ++i) {
      html += random() % 4 != 0 ? pieces[random() % pieces.size()] : std::string(1, static_cast<char>(random() % 256));
    }
    const auto rows = parse_index_page(html, "http://host/a/");
    if (!rows) continue;
    EXPECT_FALSE(rows->empty());
    for (const ManifestRow& row : *rows) EXPECT_TRUE(is_safe_file_name(row.file_name));
    const auto read = parse_manifest(to_json(*rows));
    ASSERT_TRUE(read) << read.error().to_string() << html;
    EXPECT_EQ(*read, *rows);
  }
}

TEST(ParseIndexPage, FindsAllRealNamesInAPageLikeTheRealOne) {
  std::ifstream file(std::string(VOXLAKE_SOURCE_DIR) + "/../shared/data/voxforge-archives.txt");
  if (!file) GTEST_SKIP() << "the list of real archive names is not there";
  std::vector<std::string> names;
  for (std::string line; std::getline(file, line);) names.push_back(line);
  const auto rows = parsed(apache_page(names));
  ASSERT_EQ(rows.size(), 6244U);
  for (size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i].file_name, names[i]);
  const auto chunks = split_chunks(rows);
  ASSERT_EQ(chunks.size(), 2U);
  EXPECT_EQ(chunks[0].size(), 5000U);
  EXPECT_EQ(chunks[1].size(), 1244U);
}

class ListFolder : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("voxlake listing %" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void put(const std::string& name) { std::ofstream(folder_ / name) << "x"; }
  std::filesystem::path folder_;
};

TEST_F(ListFolder, GivesArchivesByNameWithAbsoluteEncodedPaths) {
  for (const char* name : {"b-20080101-abc.tgz", "a 1.TGZ", "c.tar.gz", "c.tgz", "._a.tgz", "notes.txt", "new\nline.tgz", "é.tgz"})
    put(name);
  std::filesystem::create_directory(folder_ / "folder.tgz");
  const auto rows = list_folder(folder_.string() + "/.");
  ASSERT_TRUE(rows) << rows.error().to_string();
  std::vector<std::string> names;
  for (const ManifestRow& row : *rows) names.push_back(row.file_name);
  EXPECT_EQ(names, (std::vector<std::string>{"a 1.TGZ", "b-20080101-abc.tgz", "c.tar.gz", "é.tgz"}));
  EXPECT_EQ(rows->front().base_url, "file:///");
  EXPECT_TRUE(rows->front().relative_url.ends_with("/voxlake%20listing%20%25" + std::to_string(getpid()) + "/a%201.TGZ"))
      << rows->front().url();
  EXPECT_TRUE(parse_manifest(to_json(*rows)));
}

/// Left out, it would count as no longer published.
TEST_F(ListFolder, KeepsAnArchiveThatCannotBeLookedAt) {
  put("a.tgz");
  std::filesystem::create_directory(folder_ / "locked");
  put("locked/b.tgz");
  std::filesystem::create_symlink(folder_ / "locked" / "b.tgz", folder_ / "b.tgz");
  std::filesystem::create_symlink(folder_ / "nowhere", folder_ / "c.tgz");
  std::filesystem::permissions(folder_ / "locked", std::filesystem::perms::none);
  Result<std::vector<ManifestRow>> rows;
  {
    const files::WithoutRights nobody;
    rows = list_folder(folder_.string());
  }
  std::filesystem::permissions(folder_ / "locked", std::filesystem::perms::owner_all);
  ASSERT_TRUE(rows) << rows.error().to_string();
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ((*rows)[1].file_name, "b.tgz");
}

TEST_F(ListFolder, SaysWhatIsWrongWithAFolder) {
  put("notes.txt");
  EXPECT_EQ(list_folder((folder_ / "none").string()).error().kind, ErrorKind::not_found);
  EXPECT_EQ(list_folder((folder_ / "notes.txt").string()).error().kind, ErrorKind::invalid_argument);
  EXPECT_EQ(list_folder(folder_.string()).error().kind, ErrorKind::corrupt_data);
  EXPECT_NE(list_folder(folder_.string()).error().message.find("none of its 1 files"), std::string::npos);
}

}  // namespace
}  // namespace voxlake::corpus
