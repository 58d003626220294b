#include <algorithm>
#include <istream>
#include <map>
#include <streambuf>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "controller/source/manifest/yaml_builder.h"
#include "controller/source/manifest/yaml_node.h"

namespace instanced {
namespace {

class TextBuffer final : public std::streambuf {
 public:
  explicit TextBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // the get area is never written to
    setg(begin, begin, begin + text.size());
  }
};

bool IsContinuation(unsigned char c) { return (c & 0xC0) == 0x80; }

// The length of the UTF-8 sequence at `at`; 0 when it is none.
std::size_t SequenceLength(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 && lead < 0xF5 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead >= 0xF5 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!IsContinuation(static_cast<unsigned char>(text[at + i]))) return 0;
  }
  const auto second = static_cast<unsigned char>(text[at + 1]);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool beyond = (lead == 0xED && second >= 0xA0) || (lead == 0xF4 && second >= 0x90);
  return overlong || beyond ? 0 : length;
}

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F;
}

std::optional<Problem> CheckText(std::string_view file, std::string_view text,
                                 const YamlLimits& limits) {
  Problem problem;
  problem.file = file;
  if (text.size() > limits.file_bytes) {
    problem.found = fmt::format("{} bytes", text.size());
    problem.expected = fmt::format("{} at most", limits.file_bytes);
    problem.message = "split the file";
    return problem;
  }
  problem.position = {1, 1};
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = IsControl(text[at]) ? 0 : SequenceLength(text, at);
    if (length == 0) {
      problem.found = fmt::format("the byte 0x{:02x}", static_cast<unsigned char>(text[at]));
      problem.expected = "text in UTF-8 without control characters";
      return problem;
    }
    problem.position.column += 1;
    if (text[at] == '\n') problem.position = {problem.position.line + 1, 1};
    at += length;
  }
  return std::nullopt;
}

Problem FromException(std::string_view file, const YAML::Exception& error) {
  Problem problem;
  problem.file = file;
  if (!error.mark.is_null()) problem.position = {error.mark.line + 1, error.mark.column + 1};
  problem.message = "not readable as YAML: " + error.msg;
  return problem;
}

}  // namespace

YamlFile ReadYaml(std::string_view file, std::string_view text, const YamlLimits& limits) {
  YamlFile result;
  if (auto problem = CheckText(file, text, limits)) {
    result.problems.push_back(*std::move(problem));
    return result;
  }
  YamlBuilder builder(file, limits);
  try {
    TextBuffer buffer(text);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    while (!builder.Failed() && parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    if (!builder.Failed()) result.problems.push_back(FromException(file, error));
  } catch (const YamlLimitReached&) {
    // The builder holds the problem.
  } catch (const std::exception& error) {
    result.problems.push_back(Problem{
        std::string(file), {}, {}, {}, {}, "not readable as YAML: " + std::string(error.what())});
  }
  auto problems = builder.TakeProblems();
  std::ranges::move(problems, std::back_inserter(result.problems));
  if (!builder.Failed()) result.documents = builder.TakeDocuments();
  return result;
}

}  // namespace instanced
