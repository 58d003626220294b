// Shell completion: the scripts are short and ask the program itself what fits.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace instanced::ctl {

// The hidden first argument by which the scripts ask: `instancectl __complete WORD...`.
inline constexpr std::string_view kCompleteWord = "__complete";

// For "bash", "zsh" or "fish".
std::string CompletionScript(std::string_view shell);

// What may stand in place of the last of `words` (those behind the program's name; the last may be
// empty). Names of objects and brakes are the daemon's; without one there are none.
std::vector<std::string> Complete(std::span<const std::string> words,
                                  const std::map<std::string, std::string>& environment);

}  // namespace instanced::ctl
