// What decide() can be told, enumerated, and the promises of decide.h as checks.
#pragma once

#include <vector>

#include "controller/reconcile/decide.h"

namespace instanced::decide_cases {

inline constexpr MonotonicTime kNow{std::chrono::hours(5)};

// DECIDE_ONE_IN of the environment: how many of the cases are tried.
std::size_t OneIn(std::size_t otherwise);

InstanceObject ObjectOf(Kind kind);
// One of each class.
std::vector<Error> AllErrors();
// Nothing, each failed read, and each instance by mark, lifecycle and difference, known or listed.
std::vector<Observed> AllObserved();

// What is recorded of an object: three lives times five records.
inline constexpr int kLives = 3;    // live, live with finalizer, deleting
inline constexpr int kRecords = 5;  // nothing, create, bound, replacing, unreadable
InstanceObject RecordedObject(Kind kind, int life, int record);
bool HasOpenCreate(const InstanceObject& object);

// Policies each apart from the defaults, one at a time; and every combination of all of them.
inline constexpr int kPolicies = 12;
void SetPolicy(InstanceSpec& spec, int policy);
std::vector<InstanceSpec> PolicyProducts(const InstanceSpec& spec);

// One thing in the way at a time, cooldowns after every error; and every pair of things.
std::vector<Circumstances> SingleCircumstances(const InstanceObject& object);
std::vector<Circumstances> PairsOfCircumstances(const InstanceObject& object);

// The first promise that this answer breaks; nullptr when it keeps them all.
const char* BrokenPromise(const InstanceObject& object, const Observed& observed,
                          const Circumstances& facts, const Decision& decision,
                          MonotonicTime now = kNow);

}  // namespace instanced::decide_cases
