#include "tests/e2e/browser.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <map>
#include <stdexcept>
#include <utility>

#include "controller/kube/base64.h"
#include "tests/e2e/waiting.h"

namespace instanced::e2e {
namespace {

constexpr const char* kChromium = "/usr/bin/chromium-headless-shell";
constexpr double kPatience = 90;  // a first start on a busy machine

// Opened for both directions, so that opening waits for nobody.
int Pipe(const std::filesystem::path& path) {
  if (mkfifo(path.c_str(), 0600) != 0) throw std::runtime_error("cannot make " + path.string());
  return open(path.c_str(), O_RDWR | O_CLOEXEC);
}

void WriteAll(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto written = write(descriptor, text.data(), text.size());
    if (written <= 0) throw std::runtime_error("cannot write to Chromium");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

// "Shift+Tab" to the parts of a key event.
struct KeyName {
  std::string key;
  int modifiers = 0;
};
KeyName Parse(const std::string& name) {
  constexpr std::string_view kShift = "Shift+";
  if (name.starts_with(kShift)) return {name.substr(kShift.size()), 8};
  return {name, 0};
}

int CodeOf(const std::string& key) {
  static const std::map<std::string, int> kCodes = {
      {"Tab", 9}, {"Enter", 13}, {"Escape", 27}, {" ", 32}};
  const auto found = kCodes.find(key);
  if (found != kCodes.end()) return found->second;
  throw std::runtime_error("no such key: " + key);
}

}  // namespace

Browser::Browser(const std::filesystem::path& folder) {
  if (!std::filesystem::exists(kChromium)) {
    throw std::runtime_error(std::string(kChromium) + " is missing: make setup installs it");
  }
  std::filesystem::create_directories(folder);
  const auto in = folder / "to-browser";
  const auto out = folder / "from-browser";
  to_browser_ = Pipe(in);
  from_browser_ = Pipe(out);
  // Root may not use its sandbox; it sees nothing but pages of these tests.
  ProgramCall call{
      "/bin/sh",
      {"-c", "exec \"$0\" \"$@\" 3<'" + in.string() + "' 4>'" + out.string() + "'", kChromium,
       "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
       "--disable-background-networking", "--disable-component-update",
       "--force-color-profile=srgb", "--ignore-certificate-errors", "--lang=en-GB",
       "--user-data-dir=" + (folder / "profile").string(), "--remote-debugging-pipe",
       "about:blank"},
      {{"HOME", folder.string()}, {"PATH", "/usr/bin:/bin"}, {"TZ", "UTC"}},
      folder / "chromium.log",
      {}};
  program_ = std::make_unique<Program>(call);
  Call("Browser.getVersion");
}

Browser::~Browser() {
  program_->Kill();
  close(to_browser_);
  close(from_browser_);
}

Json Browser::Receive(double seconds) {
  const double end = SecondsNow() + seconds;
  for (;;) {
    if (const auto stop = received_.find('\0'); stop != std::string::npos) {
      auto message = Json::parse(received_.substr(0, stop));
      received_.erase(0, stop + 1);
      return message;
    }
    const auto left = static_cast<int>((end - SecondsNow()) * 1000);
    pollfd waiting{from_browser_, POLLIN, 0};
    if (left < 0 || poll(&waiting, 1, left) <= 0) return nullptr;
    std::array<char, 65536> bytes;
    const auto size = read(from_browser_, bytes.data(), bytes.size());
    if (size > 0) received_.append(bytes.data(), static_cast<std::size_t>(size));
  }
}

Json Browser::Call(const std::string& method, const Json& parameters, const std::string& session) {
  Json command{{"id", ++last_id_}, {"method", method}, {"params", parameters}};
  if (!session.empty()) command["sessionId"] = session;
  WriteAll(to_browser_, command.dump() + '\0');
  const double end = SecondsNow() + kPatience;
  while (SecondsNow() < end && program_->Running()) {
    auto message = Receive(0.5);
    if (message.is_null()) continue;
    if (message.value("id", 0) != last_id_) {
      events_.push_back(std::move(message));
      continue;
    }
    if (message.contains("error")) {
      throw std::runtime_error(method + ": " + message["error"].dump());
    }
    return message["result"];
  }
  throw std::runtime_error("Chromium does not answer " + method);
}

std::deque<Json> Browser::TakeEvents() {
  for (auto message = Receive(0); !message.is_null(); message = Receive(0)) {
    events_.push_back(std::move(message));
  }
  return std::exchange(events_, {});
}

Tab::Tab(Browser& browser) : browser_(browser) {
  target_ = browser_.Call("Target.createTarget", {{"url", "about:blank"}})["targetId"];
  session_ = browser_.Call("Target.attachToTarget",
                           {{"targetId", target_}, {"flatten", true}})["sessionId"];
  for (const char* domain : {"Page", "Runtime", "Log", "Network", "Accessibility"}) {
    Call(std::string(domain) + ".enable");
  }
  Resize(1280, 900);
}

Tab::~Tab() {
  try {
    browser_.Call("Target.closeTarget", {{"targetId", target_}});
  } catch (const std::exception&) {
    // It ends with the browser.
  }
}

void Tab::TakeEvents() {
  for (auto& event : browser_.TakeEvents()) {
    if (event.value("sessionId", "") != session_) continue;
    const std::string method = event.value("method", "");
    const Json& about = event["params"];
    if (method == "Page.loadEventFired") ++loads_;
    if (method == "Network.requestWillBeSent") requested_.push_back(about["request"]["url"]);
    if (method == "Runtime.exceptionThrown")
      complaints_.push_back(about["exceptionDetails"].dump());
    if (method == "Page.javascriptDialogOpening") {
      complaints_.push_back("dialog: " + about.value("message", ""));
      Call("Page.handleJavaScriptDialog", {{"accept", false}});
    }
    if (method != "Log.entryAdded") continue;
    // A daemon that is away shows as an error of the network; that is not the page's.
    const Json& entry = about["entry"];
    if (entry.value("level", "") == "error" && entry.value("source", "") != "network") {
      complaints_.push_back(entry.value("source", "") + ": " + entry.value("text", ""));
    }
  }
}

void Tab::Open(const std::string& url) {
  TakeEvents();
  complaints_.clear();
  requested_.clear();
  const int before = loads_;
  Call("Page.navigate", {{"url", url}});
  const auto loaded = [&] {
    TakeEvents();
    return loads_ > before;
  };
  if (WaitUntil(loaded, kPatience) != Waited::kReached) {
    throw std::runtime_error("does not load: " + url);
  }
}

Json Tab::Value(const std::string& expression) {
  const auto answer =
      Call("Runtime.evaluate",
           {{"expression", expression}, {"returnByValue", true}, {"awaitPromise", true}});
  if (answer.contains("exceptionDetails")) {
    throw std::runtime_error(expression + ": " + answer["exceptionDetails"].dump());
  }
  return answer["result"].contains("value") ? answer["result"]["value"] : Json();
}

std::string Tab::Text(const std::string& selector) {
  return Value("document.querySelector(" + Json(selector).dump() + ")?.innerText ?? ''");
}

bool Tab::Becomes(const std::string& expression, double seconds) {
  return WaitUntil([&] { return Value("Boolean(" + expression + ")") == true; }, seconds) ==
         Waited::kReached;
}

void Tab::Click(const std::string& selector) {
  // Of a link over several lines the first: its middle may be between two.
  const auto middle = Value(
      "(() => { const node = document.querySelector(" + Json(selector).dump() +
      "); if (!node) return null; node.scrollIntoView({block: 'center'}); const box = "
      "node.getClientRects()[0]; if (!box) return null; const x = box.x + box.width / 2, y = box.y "
      "+ box.height / 2; return node.contains(document.elementFromPoint(x, y)) ? [x, y] : null; "
      "})()");
  if (middle.is_null()) throw std::runtime_error("nothing to click on: " + selector);
  for (const char* type : {"mousePressed", "mouseReleased"}) {
    Call("Input.dispatchMouseEvent", {{"type", type},
                                      {"x", middle[0]},
                                      {"y", middle[1]},
                                      {"button", "left"},
                                      {"clickCount", 1}});
  }
}

void Tab::Key(const char* type, const std::string& key, const std::string& text, int code,
              int modifiers) {
  Json event{{"type", type}, {"key", key}, {"modifiers", modifiers}};
  if (code != 0) event["windowsVirtualKeyCode"] = code;
  if (!text.empty()) event["text"] = text;
  Call("Input.dispatchKeyEvent", event);
}

void Tab::Press(const std::string& name) {
  const auto [key, modifiers] = Parse(name);
  const int code = CodeOf(key);
  Key("keyDown", key, key == "Enter" ? "\r" : key == " " ? " " : "", code, modifiers);
  Key("keyUp", key, "", code, modifiers);
}

void Tab::Type(const std::string& text) {
  for (const char letter : text) {
    const std::string key(1, letter);
    Key("keyDown", key, key, 0, 0);
    Key("keyUp", key, "", 0, 0);
  }
}

void Tab::Resize(int width, int height) {
  Call("Emulation.setDeviceMetricsOverride",
       {{"width", width}, {"height", height}, {"deviceScaleFactor", 1}, {"mobile", width < 600}});
}

void Tab::Prefer(Scheme scheme) {
  const char* value = scheme == Scheme::kDark ? "dark" : "light";
  Call("Emulation.setEmulatedMedia",
       {{"features", {{{"name", "prefers-color-scheme"}, {"value", value}}}}});
}

void Tab::Set(Network network) {
  Call("Network.emulateNetworkConditions", {{"offline", network == Network::kGone},
                                            {"latency", 0},
                                            {"downloadThroughput", -1},
                                            {"uploadThroughput", -1}});
}

void Tab::Picture(const std::filesystem::path& file) {
  const auto shot = Call("Page.captureScreenshot", {{"format", "png"}});
  std::ofstream(file, std::ios::binary) << FromBase64(shot["data"].get<std::string>()).value_or("");
}

const std::vector<std::string>& Tab::Complaints() {
  TakeEvents();
  return complaints_;
}

const std::vector<std::string>& Tab::Requested() {
  TakeEvents();
  return requested_;
}

}  // namespace instanced::e2e
