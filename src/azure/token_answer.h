#pragma once

#include <chrono>
#include <string>

#include "azure/credential.h"
#include "error/result.h"
#include "net/http_call.h"

namespace voxlake::azure {

/// The token in a token endpoint's answer: `access_token` with `expires_in` (seconds) or `expires_on` (seconds since 1970), numbers or
/// texts of them. Wipes the answer's body. network where it is none; `doing` opens the message.
Result<AccessToken> token_of_answer(net::HttpAnswer& answer, std::chrono::system_clock::time_point now, const std::string& doing);

/// Why a token was refused (RFC 6749, 5.2): Microsoft Entra's code, `AADSTS7000215`, and what to do where it is a known one.
Error refusal_of_answer(const net::HttpAnswer& answer, const std::string& doing);

}  // namespace voxlake::azure
