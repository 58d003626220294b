// What the API server sends in bulk, list pages and watch events, to objects.
//
// managedFields and other baggage are never copied: only the members an object is made of are
// looked at. An object that does not fit its kind is named with the reason, never dropped silently.
// An event of a version that is known already, as those of our own writes are, is not read further.
// Pure; any thread. Errors: Transient (code "Malformed") for a page or event that is not one.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/error/error.h"
#include "api/kinds/object.h"

namespace instanced {

// An object of the right kind that cannot be read.
struct Unreadable {
  ObjectKey key;
  std::string uid;
  std::string resource_version;
  Error error;
};
using ReadObject = std::variant<ObjectPtr, Unreadable>;

struct ListPageContent {
  std::string resource_version;
  std::string continue_token;
  std::vector<ReadObject> items;
};
Result<ListPageContent> ParseListPage(std::string body, Kind kind);

struct BookmarkEvent {
  std::string resource_version;
};
struct ChangedEvent {
  ReadObject object;
};
struct DeletedEvent {
  ObjectKey key;
  std::string uid;
  std::string resource_version;
};
// What it brought is known already: it only moves the watch on.
struct KnownEvent {
  std::string resource_version;
};
// An ERROR event: the server's Status.
struct ErrorEvent {
  Error error;
};
using KubeEvent = std::variant<BookmarkEvent, ChangedEvent, KnownEvent, DeletedEvent, ErrorEvent>;
// Whether this version of an object's life, or a newer one, has been taken in; none: nothing has.
using KnowsVersion = std::function<bool(const ObjectKey& key, std::string_view uid,
                                        std::string_view resource_version)>;
Result<KubeEvent> ParseWatchEvent(std::string line, Kind kind, const KnowsVersion& knows = {});

// metadata.resourceVersion of the object a write answered with; empty when there is none.
std::string ResourceVersionOf(std::string body);

}  // namespace instanced
