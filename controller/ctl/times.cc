#include "controller/ctl/times.h"

#include <algorithm>
#include <chrono>

namespace instanced::ctl {
namespace {

using std::chrono::seconds;

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

std::string Two(std::int64_t first, const char* first_unit, std::int64_t second,
                const char* second_unit) {
  std::string text = std::to_string(first) + first_unit;
  if (second > 0) text += std::to_string(second) + second_unit;
  return text;
}

std::string SpanText(std::int64_t span) {
  if (span < 2 * kMinute) return std::to_string(span) + "s";
  if (span < 10 * kMinute) return Two(span / kMinute, "m", span % kMinute, "s");
  if (span < 3 * kHour) return std::to_string(span / kMinute) + "m";
  if (span < 8 * kHour) return Two(span / kHour, "h", span % kHour / kMinute, "m");
  if (span < 2 * kDay) return std::to_string(span / kHour) + "h";
  if (span < 8 * kDay) return Two(span / kDay, "d", span % kDay / kHour, "h");
  return std::to_string(span / kDay) + "d";
}

std::int64_t SecondsBetween(WallTime from, WallTime to) {
  return std::max<std::int64_t>(0, std::chrono::floor<seconds>(to - from).count());
}

}  // namespace

WallTime ToWallTime(const google::protobuf::Timestamp& time) {
  return WallTime(seconds(time.seconds())) +
         std::chrono::floor<std::chrono::milliseconds>(std::chrono::nanoseconds(time.nanos()));
}

void SetTime(google::protobuf::Timestamp& target, WallTime time) {
  const auto whole = std::chrono::floor<seconds>(time);
  target.set_seconds(whole.time_since_epoch().count());
  target.set_nanos(
      static_cast<int>(std::chrono::duration_cast<std::chrono::nanoseconds>(time - whole).count()));
}

std::string TimeText(const google::protobuf::Timestamp& time) {
  return FormatRfc3339(ToWallTime(time));
}

std::string AgeText(WallTime since, WallTime now) { return SpanText(SecondsBetween(since, now)); }

std::string UntilText(WallTime when, WallTime now) {
  return when <= now ? "now" : "in " + SpanText(SecondsBetween(now, when));
}

std::string NameOf(const admin::v1::ObjectReference& key) {
  return key.kind() + "/" + key.namespace_() + "/" + key.name();
}

}  // namespace instanced::ctl
