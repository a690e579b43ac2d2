#include "net/surroundings.h"

#include <openssl/rand.h>

#include <cstdint>

#include "net/address.h"

namespace voxlake::net {

std::chrono::steady_clock::time_point Surroundings::now() {
  return std::chrono::steady_clock::now();
}

std::chrono::system_clock::time_point Surroundings::date() {
  return std::chrono::system_clock::now();
}

double Surroundings::chance() {
  uint64_t bits = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&bits), sizeof bits) != 1) return 0.5;
  return static_cast<double>(bits >> 11) * 0x1.0p-53;
}

std::chrono::milliseconds Surroundings::pause(std::chrono::milliseconds length) {
  return length;
}

bool Surroundings::is_private(const std::string& address) {
  return is_private_address(address);
}

}  // namespace voxlake::net
