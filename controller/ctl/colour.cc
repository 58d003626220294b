#include "controller/ctl/colour.h"

#include <utility>

namespace instanced::ctl {
namespace {

std::string_view CodeOf(Tone tone) {
  switch (tone) {
    case Tone::kPlain:
      return "";
    case Tone::kGood:
      return "\x1b[32m";
    case Tone::kChange:
      return "\x1b[33m";
    case Tone::kBad:
      return "\x1b[31m";
    case Tone::kHeld:
      return "\x1b[35m";
  }
  std::unreachable();
}

}  // namespace

std::string Painted(std::string text, Tone tone, Colours colours) {
  if (colours == Colours::kOff || tone == Tone::kPlain) return text;
  return std::string(CodeOf(tone)) + std::move(text) + "\x1b[0m";
}

Tone ToneOf(std::string_view word) {
  if (word == "True" || word == "Up") return Tone::kGood;
  if (word == "False" || word == "Failure" || word == "Refused") return Tone::kBad;
  if (word == "Unknown" || word == "Connecting" || word == "BackingOff") return Tone::kChange;
  return word == "Holding" ? Tone::kHeld : Tone::kPlain;
}

}  // namespace instanced::ctl
