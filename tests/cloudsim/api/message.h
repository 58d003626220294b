// One HTTP request as read and one answer to be written, plus the URI pieces of both.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace instanced::cloudsim {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;
  std::string target;  // as sent
  Pairs headers;       // names in lower case, in order of appearance
  std::string body;

  std::string_view Path() const;
  std::string_view Query() const;
  // The first value, or nothing (an empty view).
  std::string_view Header(std::string_view lower_name) const;
};

struct Answer {
  int status = 200;
  Pairs headers;
  std::string body;
};

std::string PercentDecode(std::string_view text);      // '+' is kept
std::string PercentEncode(std::string_view text);      // RFC 3986, all but unreserved
std::string PercentEncodePath(std::string_view path);  // the same, keeping '/'

// Splits "a=1&b" into decoded pairs, in order.
Pairs ParseQuery(std::string_view query);
// The same for a form body, where '+' is a space.
Pairs ParseForm(std::string_view body);

const char* ReasonPhrase(int status);
// The bytes on the wire, Content-Length and Date included. `now` is in ms since the epoch.
std::string Serialise(const Answer& answer, long long now);
// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string HttpDate(long long now);
// "2026-01-15T12:00:00Z" and "20260115T120000Z" to ms since the epoch; -1 when not such a date.
long long ParseIsoTime(std::string_view text);
std::string IsoTime(long long now);

}  // namespace instanced::cloudsim
