#include "net/response_head.h"

#include <gtest/gtest.h>

namespace voxlake::net {
namespace {

TEST(ContentRange, is_read) {
  const auto range = parse_content_range(" bytes 5-9/20 ");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->first, 5);
  EXPECT_EQ(range->last, 9);
  EXPECT_EQ(range->total, 20);
  ASSERT_TRUE(parse_content_range("Bytes 0-0/*"));
  EXPECT_EQ(parse_content_range("bytes 0-0/*")->total, std::nullopt);
}

TEST(ContentRange, that_makes_no_sense_is_refused) {
  for (const char* value : {"", "bytes", "bytes */20", "bytes 9-5/20", "bytes 5-20/20", "bytes -5/20", "bytes 5-/20", "items 0-1/2",
                            "bytes 1-2", "bytes 0-99999999999999999999/*", "bytes a-b/c", "bytes 1/2-3"}) {
    EXPECT_FALSE(parse_content_range(value)) << value;
  }
}

TEST(ResponseHead, keeps_the_headers_that_matter_whatever_their_case) {
  ResponseHead head;
  head.take_line("HTTP/1.1 206 Partial Content\r\n");
  head.take_line("etag:\"abc\"\r\n");
  head.take_line("CONTENT-TYPE:  text/html; charset=utf-8 \r\n");
  head.take_line("X-Other: 1\r\n");
  EXPECT_EQ(head.status, 206);
  EXPECT_EQ(head.etag, "\"abc\"");
  EXPECT_EQ(head.content_type, "text/html; charset=utf-8");
}

TEST(ResponseHead, starts_over_with_each_answer) {
  ResponseHead head;
  head.take_line("HTTP/1.1 302 Found");
  head.take_line("Location: /b");
  head.take_line("ETag: \"redirect\"");
  EXPECT_TRUE(head.is_redirect());
  head.take_line("HTTP/2 200");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.etag, "");
  EXPECT_FALSE(head.is_redirect());
}

TEST(ResponseHead, ignores_a_value_with_control_characters_in_it) {
  ResponseHead head;
  head.take_line("ETag: \"a\"\r\bHost: elsewhere\r\n");
  head.take_line(std::string_view("Location: /b\0c\r\n", 16));
  head.take_line("Content-Type: text/html;\tcharset=utf-8\r\n");
  EXPECT_EQ(head.etag, "");
  EXPECT_EQ(head.location, "");
  EXPECT_EQ(head.content_type, "text/html;\tcharset=utf-8");
}

TEST(RangeValidator, is_the_strong_etag) {
  ResponseHead head;
  head.etag = "\"v1\"";
  head.last_modified = "Sun, 06 Nov 1994 08:49:37 GMT";
  EXPECT_EQ(head.range_validator(), "\"v1\"");
}

TEST(RangeValidator, is_the_date_of_a_weak_or_missing_etag_where_it_is_old_enough) {
  ResponseHead head;
  head.etag = "W/\"v1\"";
  EXPECT_EQ(head.range_validator(), "");
  head.last_modified = "Sun, 06 Nov 1994 08:49:37 GMT";
  EXPECT_EQ(head.range_validator(), head.last_modified);
  head.date = "Sun, 06 Nov 1994 08:49:38 GMT";
  EXPECT_EQ(head.range_validator(), head.last_modified);
  head.date = "Sun, 06 Nov 1994 08:49:37 GMT";
  EXPECT_EQ(head.range_validator(), "") << "a file written in this very second may be written again";
}

TEST(RangeValidator, is_no_date_that_a_server_would_take_for_a_tag) {  // found by fuzzing: curl reads these as dates
  ResponseHead head;
  for (const char* date : {"W/Sun, 06 Nov 1994 08:49:37 GMT", "\"Sun, 06 Nov 1994 08:49:37 GMT\""}) {
    head.last_modified = date;
    EXPECT_EQ(head.range_validator(), "") << date;
  }
}

}  // namespace
}  // namespace voxlake::net
