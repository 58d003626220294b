// `instanced validate DIR` and `instanced health`: the one-shot verbs beside the daemon.
#pragma once

#include <filesystem>
#include <iosfwd>

#include "controller/config/config.h"

namespace instanced {

// Prints every problem and a closing line; 0 when there is none, else 1.
int ValidateDirectory(const std::filesystem::path& directory, std::ostream& out, std::ostream& err);

// Asks /healthz of a running daemon; 0 when it answers 200, else 1 and why.
int AskHealthOf(const ListenAddress& address, std::ostream& err);

}  // namespace instanced
