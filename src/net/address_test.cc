#include "net/address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

namespace voxlake::net {
namespace {

TEST(IsPrivateAddress, knows_loopback_private_link_local_and_reserved_ranges) {
  for (const char* address :
       {"127.0.0.1",  "127.255.255.254", "10.1.2.3",   "172.16.0.1", "172.31.255.255",  "192.168.0.1", "169.254.169.254",
        "100.64.0.1", "0.0.0.0",         "198.18.0.1", "224.0.0.1",  "255.255.255.255", "::",          "::1",
        "fc00::1",    "fd12:3456::1",    "fe80::1",    "fec0::1",    "ff02::1",         "[::1]",       "fe80::1%eth0",
        "2001:db8::1"}) {
    EXPECT_TRUE(is_private_address(address)) << address;
  }
}

TEST(IsPrivateAddress, sees_through_wrapped_ipv4) {
  EXPECT_TRUE(is_private_address("::ffff:10.0.0.1"));
  EXPECT_TRUE(is_private_address("64:ff9b::169.254.169.254"));
  EXPECT_TRUE(is_private_address("2002:7f00:1::"));
  EXPECT_FALSE(is_private_address("::ffff:93.184.216.34"));
  EXPECT_FALSE(is_private_address("64:ff9b::93.184.216.34"));
  EXPECT_FALSE(is_private_address("2002:5db8:d822::"));
}

TEST(IsPrivateAddress, leaves_public_addresses_alone) {
  for (const char* address :
       {"93.184.216.34", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1", "192.167.1.1", "8.8.8.8", "2606:2800:220::1"}) {
    EXPECT_FALSE(is_private_address(address)) << address;
  }
}

TEST(IsAddress, tells_addresses_from_names) {
  EXPECT_TRUE(is_address("1.2.3.4"));
  EXPECT_TRUE(is_address("[fe80::1%25eth0]"));
  EXPECT_FALSE(is_address("1.2.3"));
  EXPECT_FALSE(is_address("host.example"));
}

TEST(AddressText, prints_both_families) {
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_addr.s_addr = htonl(0x7F000001);
  EXPECT_EQ(address_text(reinterpret_cast<const sockaddr&>(four)), "127.0.0.1");
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_addr = in6addr_loopback;
  EXPECT_EQ(address_text(reinterpret_cast<const sockaddr&>(six)), "::1");
}

}  // namespace
}  // namespace voxlake::net
