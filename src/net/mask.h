#pragma once

#include <string>
#include <string_view>

namespace voxlake::net {

/// The URL as it may be shown to people: the password of `user:password@`, a lone `token@`, and the value of every query parameter whose
/// name speaks of a secret (`sig`, `token`, `key`, `password`, …) become `***`. Masks too much rather than too little; what is no URL is
/// treated alike. The result is for messages only: it cannot be fetched.
std::string mask_url(std::string_view url);

}  // namespace voxlake::net
