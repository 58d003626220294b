// Reads members of a JSON document into typed values; the first misfit is kept as one Validation
// error that names the field. For the decoders of api/kinds only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "api/error/error.h"

namespace instanced {

class JsonReader {
 public:
  // `path` names `json` in messages ("spec"); what is not an object is the first misfit.
  JsonReader(const nlohmann::json& json, std::string path);

  // Each leaves `out` alone when the member is absent or null.
  void Read(const char* name, std::string& out);
  void Read(const char* name, std::int64_t& out);
  void Read(const char* name, double& out);
  void Read(const char* name, bool& out);
  void Read(const char* name, std::map<std::string, std::string>& out);
  // The member, or null when it is absent, null, or not an object (then a misfit).
  const nlohmann::json* Object(const char* name);
  const nlohmann::json* Array(const char* name);
  void Misfit(std::string_view name, std::string_view expected);

  const std::optional<Error>& error() const { return error_; }
  const std::string& path() const { return path_; }

 private:
  const nlohmann::json* Find(const char* name) const;

  const nlohmann::json& json_;
  std::string path_;
  std::optional<Error> error_;
};

}  // namespace instanced
