// What instancectl is asked to do, from its arguments and environment.
#pragma once

#include <expected>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace instanced::ctl {

enum class Verb { kBrakes, kApprove, kRelease, kVersion, kHelp };
enum class Format { kTable, kWide, kJson, kYaml };

struct Request {
  Verb verb = Verb::kHelp;
  std::string brake_id;  // of approve and release
  Format format = Format::kTable;
  std::filesystem::path socket = "./instanced.sock";
};

// Precedence of the socket: --socket, INSTANCED_ADMIN_SOCKET, ./instanced.sock. The problems are
// lines for people.
std::expected<Request, std::vector<std::string>> ParseRequest(
    std::span<const std::string> arguments, const std::map<std::string, std::string>& environment);

// Fits 80 columns and lists the exit codes.
std::string HelpText();

}  // namespace instanced::ctl
