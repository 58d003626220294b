#include "controller/provider/aws/credentials/profile_file.h"

#include <algorithm>

#include "controller/http/trimmed.h"

namespace instanced::aws {
namespace {

std::string_view WithoutComment(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool mark = line[i] == '#' || line[i] == ';';
    if (mark && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) return line.substr(0, i);
  }
  return line;
}

// Empty: a section that holds no profile.
std::string SectionName(std::string_view inside, ProfileForm form) {
  const auto name = Trimmed(inside);
  if (form == ProfileForm::kCredentials || name == "default") return std::string(name);
  constexpr std::string_view kWord = "profile";
  if (!name.starts_with(kWord)) return {};
  const auto rest = name.substr(kWord.size());
  if (rest.empty() || (rest.front() != ' ' && rest.front() != '\t')) return {};
  return std::string(Trimmed(rest));
}

std::unexpected<Error> BadLine(std::size_t number) {
  return Fail(ErrorClass::kValidation, "ProfileFileInvalid",
              "line " + std::to_string(number) + " is neither a section nor a setting");
}

}  // namespace

Result<ProfileMap> ParseProfiles(std::string_view text, ProfileForm form) {
  ProfileMap profiles;
  Profile skipped;
  Profile* current = nullptr;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto raw = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto line = Trimmed(WithoutComment(raw));
    if (line.empty()) continue;
    if (line.front() == '[') {
      if (line.back() != ']') return BadLine(number);
      const std::string name = SectionName(line.substr(1, line.size() - 2), form);
      current = name.empty() ? &skipped : &profiles[name];
      continue;
    }
    if (raw.front() == ' ' || raw.front() == '\t') continue;
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || equals == 0 || current == nullptr) {
      return BadLine(number);
    }
    std::string key(Trimmed(line.substr(0, equals)));
    std::ranges::transform(key, key.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    (*current)[key] = std::string(Trimmed(line.substr(equals + 1)));
  }
  return profiles;
}

std::string_view Setting(const Profile& profile, const std::string& name) {
  const auto it = profile.find(name);
  return it == profile.end() ? std::string_view{} : std::string_view(it->second);
}

}  // namespace instanced::aws
