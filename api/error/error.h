// Errors as data: every failure is a value that names the reaction it asks for.
//
// An Error is made where the failure enters (an adapter, the store, the budget) and carries the
// class the one retry table of controller/reconcile reacts to. Messages are for people, are
// stable (no times, counters or request ids), and never contain a secret.
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace instanced {

// What the reconciler does about a failure; see docs/errors.md for the table.
enum class ErrorClass {
  kThrottled,      // the cloud asked us to slow down; feeds the budget
  kBusy,           // the instance is changing or in use; observe again soon
  kTaken,          // alias, domain or name exists already
  kTransient,      // the cloud failed and may work next time
  kInDoubt,        // a mutating call may or may not have taken effect
  kNotFound,       // the named instance is not there: a fact, not a failure
  kAuth,           // credential refused, expired or not allowed
  kQuota,          // an account limit is reached
  kChurn,          // our own ledger refuses before the cloud locks the account
  kNotOffered,     // the API or version is closed to this account
  kValidation,     // the request is wrong until the spec changes
  kTerminal,       // cannot work as it stands (unknown API, wrong endpoint, a bug)
  kWriteConflict,  // the object changed under us: read again and run again
  kDeferred,       // the budget has no free slot yet; nothing was sent
  kStore,          // our own record cannot be read or written; nothing may be sent
  kCancelled,      // we are shutting down
};

// Whether a request may have taken effect at the other side.
enum class Reach {
  kNotSent,   // surely never transmitted
  kUnknown,   // transmitted in part or in whole; no complete answer
  kAnswered,  // a complete answer arrived
};

// What a refusal of class kAuth is about: the credential, which all its users share, or the
// permission for one call, which says nothing about the next.
enum class Denial { kCredential, kPermission };

struct Error {
  ErrorClass error_class = ErrorClass::kTransient;
  // The other side's own code ("ThrottlingException"), or a CamelCase word of ours.
  std::string code;
  // What failed, in words for people. Stable, without secrets.
  std::string message;
  // The operation that failed, "connect:CreateInstance"; empty when no call was involved.
  std::string operation;
  // The cloud's id of this one try; for logs, events and history, never for conditions.
  std::string request_id;
  // How long the other side, or the budget, asked us to wait.
  std::optional<std::chrono::milliseconds> retry_after;
  Reach reach = Reach::kAnswered;
  // Of class kAuth only. Where the other side does not tell them apart, the credential.
  Denial denial = Denial::kCredential;
  // HTTP status, or the effective status an envelope named; 0 without one.
  int http_status = 0;

  friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using Result = std::expected<T, Error>;

// "Throttled", "InDoubt": the spelling of metrics labels, logs and JSON.
std::string_view ToString(ErrorClass error_class);

// The inverse of ToString; nothing for an unknown word.
std::optional<ErrorClass> ParseErrorClass(std::string_view word);

// A failure of our own making, without a cloud's code or request id.
std::unexpected<Error> Fail(ErrorClass error_class, std::string code, std::string message);

}  // namespace instanced
