#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>

namespace voxlake::net {
namespace {

using Bytes16 = std::array<uint8_t, 16>;

struct Range4 {
  uint32_t first;
  int prefix_bits;
};

/// RFC 6890 and its successors; multicast and class E beside.
constexpr std::array<Range4, 14> private_ranges = {{
    {0x00000000, 8},   // this network
    {0x0A000000, 8},   // private
    {0x64400000, 10},  // shared by carriers
    {0x7F000000, 8},   // loopback
    {0xA9FE0000, 16},  // link-local
    {0xAC100000, 12},  // private
    {0xC0000000, 24},  // protocol assignments
    {0xC0000200, 24},  // documentation
    {0xC0A80000, 16},  // private
    {0xC6120000, 15},  // benchmarking
    {0xC6336400, 24},  // documentation
    {0xCB007100, 24},  // documentation
    {0xE0000000, 4},   // multicast
    {0xF0000000, 4},   // reserved, broadcast
}};

bool is_private_4(uint32_t address) {
  return std::any_of(private_ranges.begin(), private_ranges.end(), [&](const Range4& range) {
    const int shift = 32 - range.prefix_bits;
    return (address >> shift) == (range.first >> shift);
  });
}

uint32_t word(const Bytes16& bytes, size_t at) {
  return uint32_t{bytes[at]} << 24 | uint32_t{bytes[at + 1]} << 16 | uint32_t{bytes[at + 2]} << 8 | uint32_t{bytes[at + 3]};
}

bool is_private_6(const Bytes16& bytes) {
  const uint32_t high = word(bytes, 0);
  const bool middle_is_zero = word(bytes, 4) == 0;
  if (high == 0 && middle_is_zero) {
    const uint32_t third = word(bytes, 8);
    const uint32_t last = word(bytes, 12);
    if (third == 0x0000FFFF) return is_private_4(last);  // mapped IPv4
    return third == 0;                                   // ::, ::1 and the old compatible addresses
  }
  if (high == 0x0064FF9B && middle_is_zero && word(bytes, 8) == 0) return is_private_4(word(bytes, 12));  // NAT64
  if (high == 0x0064FF9B) return true;                                                                    // 64:ff9b:1::/48, local NAT64
  if (high >> 16 == 0x2002) return is_private_4(word(bytes, 2));                                          // 6to4
  if (bytes[0] == 0xFF) return true;                                                                      // multicast
  if ((bytes[0] & 0xFE) == 0xFC) return true;                                                             // unique local
  if (bytes[0] == 0xFE && (bytes[1] & 0x80) == 0x80) return true;                                         // link-local and site-local
  return high == 0x20010DB8 || (high == 0x01000000 && middle_is_zero);                                    // documentation, discard
}

/// Without brackets and zone, zero-terminated for inet_pton.
std::string bare(std::string_view text) {
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  return std::string(text.substr(0, text.find('%')));
}

}  // namespace

bool is_private_address(std::string_view address) {
  const std::string text = bare(address);
  in_addr four{};
  if (inet_pton(AF_INET, text.c_str(), &four) == 1) return is_private_4(ntohl(four.s_addr));
  in6_addr six{};
  if (inet_pton(AF_INET6, text.c_str(), &six) != 1) return false;
  Bytes16 bytes{};
  std::memcpy(bytes.data(), six.s6_addr, bytes.size());
  return is_private_6(bytes);
}

bool is_address(std::string_view text) {
  const std::string candidate = bare(text);
  in6_addr any{};
  return inet_pton(AF_INET, candidate.c_str(), &any) == 1 || inet_pton(AF_INET6, candidate.c_str(), &any) == 1;
}

std::string address_text(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* source = nullptr;
  if (address.sa_family == AF_INET) source = &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
  if (address.sa_family == AF_INET6) source = &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  if (source == nullptr || inet_ntop(address.sa_family, source, text.data(), text.size()) == nullptr) return {};
  return text.data();
}

}  // namespace voxlake::net
