#include "net/mask.h"

#include <gtest/gtest.h>

namespace voxlake::net {
namespace {

TEST(MaskUrl, leaves_a_url_without_secrets_as_it_is) {
  for (const char* url : {"http://host/a/b.tgz", "https://host:8443/?C=N;O=D", "file:///corpus/a@b.tgz", "http://[::1]:80/x",
                          "http://[::1]/x@y", "http://host/@scope/name.tgz", "plain text", ""}) {
    EXPECT_EQ(mask_url(url), url);
  }
}

TEST(MaskUrl, hides_the_password_and_keeps_the_user) {
  EXPECT_EQ(mask_url("https://anna:s3cret@host/x.tgz"), "https://anna:***@host/x.tgz");
  EXPECT_EQ(mask_url("anna:s3cret@host/x.tgz"), "anna:***@host/x.tgz");
}

TEST(MaskUrl, hides_a_lone_user_because_it_is_often_a_token) {
  EXPECT_EQ(mask_url("https://ghp_abc@host/x"), "https://***@host/x");
}

TEST(MaskUrl, hides_passwords_that_were_not_encoded) {
  EXPECT_EQ(mask_url("http://anna:p@ss@host/"), "http://anna:***@host/");
  EXPECT_EQ(mask_url("http://anna:p/ss@host/"), "http://anna:***@host/");
  EXPECT_EQ(mask_url("http://anna:p?ss#@host/"), "http://anna:***@host/");
}

TEST(MaskUrl, hides_secret_parameters_and_keeps_the_others) {
  EXPECT_EQ(mask_url("https://a.blob.core.windows.net/c/x.tgz?sv=2021&sig=abc%3D&se=2030"),
            "https://a.blob.core.windows.net/c/x.tgz?sv=2021&sig=***&se=2030");
  EXPECT_EQ(mask_url("http://h/x?access_token=1&X-Amz-Signature=2&API_KEY=3;page=4"),
            "http://h/x?access_token=***&X-Amz-Signature=***&API_KEY=***;page=4");
  EXPECT_EQ(mask_url("http://h/x#id_token=1&state=2"), "http://h/x#id_token=***&state=2");
  EXPECT_EQ(mask_url("http://h/x?token"), "http://h/x?token");
}

}  // namespace
}  // namespace voxlake::net
