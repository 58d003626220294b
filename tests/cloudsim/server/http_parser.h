// Just enough HTTP/1.1 to tell where a request ends: request line, headers, Content-Length and
// chunked bodies, Expect, Connection. Bounded in header and body.
#pragma once

#include <cstddef>
#include <string_view>

#include "tests/cloudsim/api/message.h"

namespace instanced::cloudsim {

enum class ParseState { kNeedMore, kNeedContinue, kDone, kBad };
enum class AfterAnswer { kKeepOpen, kClose };

struct Parsed {
  ParseState state = ParseState::kNeedMore;
  Request request;           // only for kDone
  std::size_t consumed = 0;  // only for kDone
  AfterAnswer after = AfterAnswer::kKeepOpen;
};

inline constexpr std::size_t kMostHeaderBytes = 64 * 1024;
inline constexpr std::size_t kMostBodyBytes = 4 * 1024 * 1024;

// kNeedContinue: the head is complete and asks for "100 Continue" before the body.
Parsed ParseRequest(std::string_view buffer);

}  // namespace instanced::cloudsim
