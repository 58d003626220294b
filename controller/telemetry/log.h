// Log: one line per event to standard error: a constant message and typed keys and values.
//
// Text for a terminal, JSON lines otherwise. Messages are literals, checked at compile time, so
// that what varies is always a value under a key. Values are numbers, times, names and messages of
// Errors: there is no way in for requests, documents or credentials as such, and text must be
// named for what it is. Hostile text cannot forge a line or break the JSON.
//
// Keys in use: object, provider, operation, attempt, reconcile_id, error, code, request_id.
// Threads: any. Ownership: the clock outlives the log.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "api/error/error.h"
#include "api/object/object_key.h"
#include "controller/clock/clock.h"

namespace instanced {

enum class LogLevel { kDebug, kInfo, kWarning, kError };
enum class LogFormat { kText, kJson };
std::string_view ToString(LogLevel level);
std::optional<LogLevel> ParseLogLevel(std::string_view word);

// A message that can only be a string literal.
class LogMessage {
 public:
  template <std::size_t N>
  consteval LogMessage(const char (&text)[N]) : text_(text, N - 1) {}  // NOLINT: meant to convert
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

class LogValue {
 public:
  LogValue(std::string_view text) : value_(std::string(text)) {}  // NOLINT: meant to convert
  LogValue(const char* text) : value_(std::string(text)) {}       // NOLINT
  LogValue(const std::string& text) : value_(text) {}             // NOLINT
  LogValue(const ObjectKey& key) : value_(ToString(key)) {}       // NOLINT
  LogValue(ErrorClass error_class)                                // NOLINT
      : value_(std::string(ToString(error_class))) {}
  template <class Rep, class Period>
  LogValue(std::chrono::duration<Rep, Period> span)  // NOLINT: in seconds
      : value_(std::chrono::duration<double>(span).count()) {}
  LogValue(std::integral auto number)  // NOLINT
      : value_(static_cast<std::int64_t>(number)) {}
  LogValue(std::floating_point auto number)  // NOLINT
      : value_(static_cast<double>(number)) {}
  LogValue(bool) = delete;  // a word says more

  const std::variant<std::string, std::int64_t, double>& value() const { return value_; }

 private:
  std::variant<std::string, std::int64_t, double> value_;
};

struct LogField {
  std::string_view key;
  LogValue value;
};

// Where finished lines go, without the line feed.
using LineSink = std::function<void(LogLevel, std::string_view line)>;

class Log {
 public:
  using Fields = std::initializer_list<LogField>;

  Log(LogLevel least, LogFormat format, const Clock& clock, LineSink sink);

  void Debug(LogMessage message, Fields fields = {}) const;
  void Info(LogMessage message, Fields fields = {}) const;
  void Warning(LogMessage message, Fields fields = {}) const;
  void Error(LogMessage message, Fields fields = {}) const;
  // Adds class, operation, code, message and request id of an error to the fields.
  void Failure(LogLevel level, LogMessage message, const instanced::Error& error,
               Fields fields = {}) const;

 private:
  void Write(LogLevel level, std::string_view message, Fields fields,
             const instanced::Error* error) const;

  LogLevel least_;
  LogFormat format_;
  const Clock& clock_;
  LineSink sink_;
};

// Standard error, from any thread; colours only with kText on a terminal.
LineSink StandardErrorSink();
// kText when standard error is a terminal.
LogFormat FormatForStandardError();

}  // namespace instanced
