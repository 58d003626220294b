// How an object of the standalone daemon begins, changes and ends: what an API server would do.
//
// Pure. An object of one key lives once at a time: while it is being deleted, its manifest may
// come back; as in Kubernetes its deletion goes on (edits of its policies still count), and then a
// new incarnation with a new uid begins.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/error/error.h"
#include "api/kinds/object.h"
#include "controller/journal/object_row.h"
#include "controller/source/file/desired_object.h"

namespace instanced {

// UUIDv5 of (owner, "kind/namespace/name/incarnation").
std::string ObjectUid(std::string_view owner, const ObjectKey& key, std::int64_t incarnation);

ObjectRow NewObject(std::string_view owner, const DesiredObject& desired, std::int64_t incarnation,
                    std::string_view now_rfc3339);
// The row as the manifest now wants it; nothing when it says nothing new. The generation grows
// with the spec alone.
std::optional<ObjectRow> WithDesired(const ObjectRow& row, const DesiredObject& desired);
// Nothing when it is being deleted already.
std::optional<ObjectRow> WithDeletion(const ObjectRow& row, std::string_view now_rfc3339);
// Sets and (by an empty value) removes annotations given by people; the manifest's own stay.
ObjectRow WithAdminAnnotations(const ObjectRow& row, const StringPairs& changes);
// People's annotations win over the manifest's of the same name.
StringPairs MergedAnnotations(const ObjectRow& row);
// Ended: asked to be deleted, and nobody holds it.
bool HasEnded(const ObjectRow& row);

// The object everybody above sees. Validation when spec or status do not fit their kind.
Result<ObjectPtr> ObjectOf(const ObjectRow& row);

}  // namespace instanced
