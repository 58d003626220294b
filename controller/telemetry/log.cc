#include "controller/telemetry/log.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "controller/telemetry/clean_text.h"

namespace instanced {
namespace {

constexpr std::array<std::pair<LogLevel, std::string_view>, 4> kLevels{{
    {LogLevel::kDebug, "debug"},
    {LogLevel::kInfo, "info"},
    {LogLevel::kWarning, "warning"},
    {LogLevel::kError, "error"},
}};

bool IsPlainWord(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("-_./:@,+").find(c) != std::string_view::npos;
  });
}

std::string NumberText(double number) {
  return std::isfinite(number) ? fmt::format("{}", number) : "null";
}

std::string Render(const LogValue& value, LogFormat format) {
  if (const auto* integer = std::get_if<std::int64_t>(&value.value())) {
    return fmt::format("{}", *integer);
  }
  if (const auto* number = std::get_if<double>(&value.value())) return NumberText(*number);
  const auto& text = std::get<std::string>(value.value());
  return format == LogFormat::kText && IsPlainWord(text) ? text : JsonQuote(text);
}

std::vector<LogField> FieldsOf(const Error& error) {
  std::vector<LogField> fields{{"class", error.error_class}, {"error", error.message}};
  if (!error.operation.empty()) fields.push_back({"operation", error.operation});
  if (!error.code.empty()) fields.push_back({"code", error.code});
  if (!error.request_id.empty()) fields.push_back({"request_id", error.request_id});
  return fields;
}

void AppendField(std::string& line, const LogField& field, LogFormat format) {
  const std::string value = Render(field.value, format);
  if (format == LogFormat::kJson) {
    line += fmt::format(",{}:{}", JsonQuote(field.key), value);
  } else {
    line += fmt::format(" {}={}", field.key, value);
  }
}

}  // namespace

std::string_view ToString(LogLevel level) {
  for (const auto& [value, word] : kLevels) {
    if (value == level) return word;
  }
  std::unreachable();
}

std::optional<LogLevel> ParseLogLevel(std::string_view word) {
  for (const auto& [value, name] : kLevels) {
    if (name == word) return value;
  }
  return std::nullopt;
}

Log::Log(LogLevel least, LogFormat format, const Clock& clock, LineSink sink)
    : least_(least), format_(format), clock_(clock), sink_(std::move(sink)) {}

void Log::Write(LogLevel level, std::string_view message, Fields fields,
                const instanced::Error* error) const {
  if (level < least_) return;
  const std::string time = FormatRfc3339(clock_.WallNow());
  std::string line = format_ == LogFormat::kJson
                         ? fmt::format(R"({{"time":"{}","level":"{}","message":{})", time,
                                       ToString(level), JsonQuote(message))
                         : fmt::format("{} {:<7} {}", time, ToString(level), message);
  for (const LogField& field : fields) AppendField(line, field, format_);
  if (error != nullptr) {
    for (const LogField& field : FieldsOf(*error)) AppendField(line, field, format_);
  }
  if (format_ == LogFormat::kJson) line.push_back('}');
  sink_(level, line);
}

void Log::Debug(LogMessage message, Fields fields) const {
  Write(LogLevel::kDebug, message.text(), fields, nullptr);
}
void Log::Info(LogMessage message, Fields fields) const {
  Write(LogLevel::kInfo, message.text(), fields, nullptr);
}
void Log::Warning(LogMessage message, Fields fields) const {
  Write(LogLevel::kWarning, message.text(), fields, nullptr);
}
void Log::Error(LogMessage message, Fields fields) const {
  Write(LogLevel::kError, message.text(), fields, nullptr);
}
void Log::Failure(LogLevel level, LogMessage message, const instanced::Error& error,
                  Fields fields) const {
  Write(level, message.text(), fields, &error);
}

}  // namespace instanced
