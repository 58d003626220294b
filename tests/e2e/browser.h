// Browser: Debian's Chromium without a window, told what to do through its DevTools pipe; and one
// tab of it, used with mouse and keys as a person does.
//
// Both throw std::runtime_error when Chromium does not start, does not answer in time or refuses a
// command: a test cannot go on then. It dies with the test program.
// Threads: one. Ownership: a Tab borrows its Browser.
#pragma once

#include <deque>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/e2e/program.h"

namespace instanced::e2e {

using Json = nlohmann::json;

class Browser {
 public:
  // Its profile and output go into `folder`.
  explicit Browser(const std::filesystem::path& folder);
  ~Browser();
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;

  // One command of the DevTools protocol, and its result.
  Json Call(const std::string& method, const Json& parameters = Json::object(),
            const std::string& session = "");
  // The events that came since, oldest first.
  std::deque<Json> TakeEvents();

 private:
  // The next message within `seconds`; null when none comes.
  Json Receive(double seconds);

  int to_browser_ = -1;
  int from_browser_ = -1;
  int last_id_ = 0;
  std::string received_;
  std::deque<Json> events_;
  std::unique_ptr<Program> program_;
};

enum class Scheme { kLight, kDark };
enum class Network { kThere, kGone };

class Tab {
 public:
  explicit Tab(Browser& browser);
  ~Tab();
  Tab(const Tab&) = delete;
  Tab& operator=(const Tab&) = delete;

  void Open(const std::string& url);
  Json Call(const std::string& method, const Json& parameters = Json::object()) {
    return browser_.Call(method, parameters, session_);
  }
  // The value of a JavaScript expression; a promise is awaited.
  Json Value(const std::string& expression);
  std::string Text(const std::string& selector);
  // Whether the expression becomes true within `seconds`.
  bool Becomes(const std::string& expression, double seconds = 40);

  // A mouse press and release in the middle of the first element that matches, of its first line.
  // Throws where nothing of it is to be hit there.
  void Click(const std::string& selector);
  // One key by its name: "Tab", "Enter", "Escape", "Shift+Tab".
  void Press(const std::string& key);
  // Character by character, into whatever has the focus.
  void Type(const std::string& text);

  void Resize(int width, int height);
  void Prefer(Scheme scheme);
  void Set(Network network);
  // Of the window, as PNG.
  void Picture(const std::filesystem::path& file);

  // What went wrong since it was opened: violations of the Content-Security-Policy, uncaught
  // exceptions, errors of the console, dialogs that opened.
  const std::vector<std::string>& Complaints();
  // Every address that was asked for.
  const std::vector<std::string>& Requested();

 private:
  void TakeEvents();
  void Key(const char* type, const std::string& key, const std::string& text, int code,
           int modifiers);

  Browser& browser_;
  std::string target_;
  std::string session_;
  int loads_ = 0;
  std::vector<std::string> complaints_;
  std::vector<std::string> requested_;
};

}  // namespace instanced::e2e
