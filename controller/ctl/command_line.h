// What instancectl is asked to do, from its arguments and environment.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "controller/ctl/command_table.h"

namespace instanced::ctl {

enum class Format { kTable, kWide, kJson, kYaml, kName, kMarkdown };
inline bool IsForPrograms(Format format) {
  return format == Format::kJson || format == Format::kYaml;
}

// The objects a command is about. `kind` is the user's word, which the daemon knows.
struct Target {
  std::string kind;
  std::string namespace_ = "default";  // empty: all
  std::string name;                    // empty: all
  std::string selector;
};

// Where the daemon is: its socket, or an address that is spoken to over mutual TLS.
struct Destination {
  std::filesystem::path socket = "./instanced.sock";
  std::string address;  // empty: the socket
  std::filesystem::path ca;
  std::filesystem::path cert;
  std::filesystem::path key;
};

struct Request {
  Verb verb = Verb::kHelp;
  Target target;
  // Of approve and release the brake's id, of adopt the instance's, of help the command, of plan
  // the directory (empty: none), of completion the shell.
  std::string operand;
  std::string since;       // as it was given: an age or a time
  std::int32_t limit = 0;  // 0: the daemon's choice
  Format format = Format::kTable;
  enum class Follow { kOnce, kWatch } follow = Follow::kOnce;
  enum class Scope { kOnline, kOffline } scope = Scope::kOnline;
  std::filesystem::path state;  // of an offline plan; empty: none
  Destination daemon;
};

// Precedence of where the daemon is: flag, then INSTANCED_ADMIN_ variable, then ./instanced.sock;
// a flag that names one way beats a variable that names the other. The problems are lines for
// people.
std::expected<Request, std::vector<std::string>> ParseRequest(
    std::span<const std::string> arguments, const std::map<std::string, std::string>& environment);

}  // namespace instanced::ctl
