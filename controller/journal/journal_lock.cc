#include "controller/journal/journal_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "api/object/digest.h"

namespace instanced {
namespace {

std::string WitnessLine(const Witness& witness) {
  auto line = fmt::format("chain {:020} owner {}", witness.chain, witness.owner_id);
  return fmt::format("{} check {:016x}\n", line, Fingerprint(line));
}

std::string ReadAll(int descriptor) {
  std::array<char, 1024> buffer;
  const auto size = ::pread(descriptor, buffer.data(), buffer.size(), 0);
  return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : std::string();
}

constexpr std::string_view kPidFormat = "pid 0000000000\n";

std::int64_t NumberAt(std::string_view text, std::size_t position) {
  std::int64_t value = 0;
  if (position < text.size()) {
    std::from_chars(text.data() + position, text.data() + text.size(), value);
  }
  return value;
}

Witness ParseWitness(std::string_view text) {
  if (text.size() <= kPidFormat.size()) return {};
  auto line = text.substr(kPidFormat.size());
  line = line.substr(0, line.find('\n') + 1);
  const auto owner = line.find(" owner ");
  const auto check = line.find(" check ");
  if (!line.starts_with("chain ") || owner == line.npos || check == line.npos) return {};
  if (check < owner + 7) return {};
  Witness witness{NumberAt(line, 6), std::string(line.substr(owner + 7, check - owner - 7))};
  return WitnessLine(witness) == line ? witness : Witness{};
}

}  // namespace

Result<std::unique_ptr<JournalLock>> JournalLock::Acquire(const std::string& journal_path) {
  const std::string path = journal_path + ".lock";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return Fail(ErrorClass::kStore, "IoError",
                fmt::format("cannot open the journal's lock {}: {}", path, std::strerror(errno)));
  }
  const auto text = ReadAll(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    ::close(descriptor);
    return Fail(ErrorClass::kStore, "InUse",
                fmt::format("cannot use the journal {}: the process with pid {} is using it; stop "
                            "that one, or name another file with --state",
                            journal_path, NumberAt(text, 4)));
  }
  const auto pid = fmt::format("pid {:010}\n", ::getpid());
  [[maybe_unused]] const auto written = ::pwrite(descriptor, pid.data(), pid.size(), 0);
  return std::unique_ptr<JournalLock>(new JournalLock(descriptor, ParseWitness(text)));
}

JournalLock::~JournalLock() { ::close(descriptor_); }

void JournalLock::Write(const Witness& witness) const {
  const auto line = WitnessLine(witness);
  [[maybe_unused]] const auto written =
      ::pwrite(descriptor_, line.data(), line.size(), static_cast<off_t>(kPidFormat.size()));
}

}  // namespace instanced
