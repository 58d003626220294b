#include "controller/source/manifest/metadata_check.h"

#include <algorithm>
#include <array>
#include <utility>

#include <re2/re2.h>

#include "controller/source/manifest/schema_check.h"
#include "controller/source/manifest/text_measure.h"

namespace instanced {
namespace {

using Type = YamlNode::Type;

constexpr std::array<std::string_view, 15> kMembers{"name",
                                                    "namespace",
                                                    "labels",
                                                    "annotations",
                                                    "uid",
                                                    "resourceVersion",
                                                    "generation",
                                                    "creationTimestamp",
                                                    "finalizers",
                                                    "ownerReferences",
                                                    "managedFields",
                                                    "selfLink",
                                                    "generateName",
                                                    "deletionTimestamp",
                                                    "deletionGracePeriodSeconds"};

constexpr std::size_t kNameMax = 253;
constexpr std::size_t kLabelMax = 63;
constexpr std::size_t kAnnotationsMax = 256U << 10;

bool Matches(std::string_view text, const RE2& pattern, std::size_t max) {
  return text.size() <= max && RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern);
}

bool IsSubdomain(std::string_view text) {
  static const RE2 kSubdomain(R"([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)");
  return Matches(text, kSubdomain, kNameMax);
}

bool IsLabel(std::string_view text) {
  static const RE2 kLabel("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
  return Matches(text, kLabel, kLabelMax);
}

bool IsWord(std::string_view text) {
  static const RE2 kWord("[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?");
  return Matches(text, kWord, kLabelMax);
}

bool IsQualifiedName(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return IsWord(text);
  return IsSubdomain(text.substr(0, slash)) && IsWord(text.substr(slash + 1));
}

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

class MetadataChecker {
 public:
  MetadataChecker(const std::string& file, std::vector<Problem>& problems)
      : file_(file), problems_(problems) {}

  DeclaredMetadata Check(const YamlNode& node) {
    DeclaredMetadata out;
    for (const auto& entry : node.entries) Member(entry, out);
    if (const auto* name = node.Find("name"); name == nullptr || name->value.IsNull()) {
      Report(node.position, "metadata.name", "nothing", "a name", "metadata.name is required");
    }
    return out;
  }

 private:
  void Report(Position position, std::string path, std::string found, std::string expected,
              std::string message) {
    problems_.push_back({file_, position, std::move(path), std::move(found), std::move(expected),
                         std::move(message)});
  }

  void Member(const YamlEntry& entry, DeclaredMetadata& out) {
    const std::string path = "metadata." + entry.key;
    if (std::ranges::find(kMembers, entry.key) == kMembers.end()) {
      const auto nearest = NearestWord(entry.key, kMembers);
      return Report(entry.position, path, "a field that is not known", {},
                    nearest.empty() ? "remove it" : "did you mean " + nearest + "?");
    }
    if (entry.value.IsNull()) return;
    if (entry.key == "name" && Text(entry.value, path, out.name) && !IsSubdomain(out.name)) {
      ReportName(entry.value, path, "253");
    }
    if (entry.key == "namespace" && Text(entry.value, path, out.namespace_)) {
      if (out.namespace_.empty()) out.namespace_ = "default";
      if (!IsLabel(out.namespace_)) ReportName(entry.value, path, "63");
    }
    if (entry.key == "labels") out.labels = Labels(entry.value, path);
    if (entry.key == "annotations") out.annotations = Annotations(entry.value, path);
  }

  void ReportName(const YamlNode& node, const std::string& path, std::string_view max) {
    std::string expected = "a DNS-1123 name: lower-case letters, digits and '-', ";
    expected.append(max).append(" characters at most");
    Report(node.position, path, DescribeNode(node), std::move(expected), {});
  }

  bool Text(const YamlNode& node, const std::string& path, std::string& out) {
    if (node.type != Type::kScalar || !node.scalar.is_string()) {
      const bool plain = !node.written.empty() && !node.IsNull();
      Report(node.position, path, DescribeNode(node), "a string",
             plain ? "put it in quotes: \"" + node.written + "\"" : "");
      return false;
    }
    out = node.scalar.get<std::string>();
    return true;
  }

  StringPairs Pairs(const YamlNode& node, const std::string& path) {
    StringPairs pairs;
    if (node.type != Type::kMapping) {
      Report(node.position, path, DescribeNode(node), "a mapping", {});
      return pairs;
    }
    for (const auto& entry : node.entries) {
      std::string value;
      if (!entry.value.IsNull() && !Text(entry.value, path + "." + entry.key, value)) continue;
      pairs.emplace_back(entry.key, std::move(value));
    }
    std::ranges::sort(pairs);
    return pairs;
  }

  StringPairs Labels(const YamlNode& node, const std::string& path) {
    auto pairs = Pairs(node, path);
    for (const auto& [name, value] : pairs) {
      if (!IsQualifiedName(name)) ReportKey(node, path, name);
      if (value.empty() || IsWord(value)) continue;
      Report(node.Find(name)->value.position, path + "." + name, "the text \"" + value + "\"",
             "letters, digits, '-', '_' and '.', 63 characters at most", {});
    }
    return pairs;
  }

  StringPairs Annotations(const YamlNode& node, const std::string& path) {
    auto pairs = Pairs(node, path);
    std::size_t total = 0;
    for (const auto& [name, value] : pairs) {
      total += name.size() + value.size();
      if (!IsQualifiedName(Lower(name))) ReportKey(node, path, name);
    }
    if (total > kAnnotationsMax) {
      Report(node.position, path, std::to_string(total) + " bytes", "262144 at most", {});
    }
    return pairs;
  }

  void ReportKey(const YamlNode& node, const std::string& path, const std::string& name) {
    Report(node.Find(name)->position, path, "the key " + name,
           "a name of letters, digits, '-', '_' and '.', perhaps after a domain and '/'", {});
  }

  const std::string& file_;
  std::vector<Problem>& problems_;
};

}  // namespace

DeclaredMetadata CheckMetadata(const YamlNode& node, const std::string& file,
                               std::vector<Problem>& problems) {
  return MetadataChecker(file, problems).Check(node);
}

}  // namespace instanced
