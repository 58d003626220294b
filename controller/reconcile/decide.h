// decide(): what to do about one object, and why. Pure: equal arguments, equal answer.
//
// The daemon, `instancectl plan`, the simulation and the exhaustive tests all call this one
// function, so that a plan is what will happen. It never reads anything itself: when a fact is
// missing it answers Observe or LookUp, and is asked again with the fact.
//
// Promises, whatever the arguments:
//  - Create, Update, Delete and Unbind are answered only for an account that was verified, a claim
//    that is ours, no pause, and a lease that outlasts the call.
//  - Where the credential is known, an object that is more than observed has our finalizer before
//    anything is looked for.
//  - An open intent is resolved before anything else is created.
//  - An object being deleted never creates.
//  - A failed read never removes the finalizer and never recreates.
//  - Another owner's instance is never adopted, changed or deleted.
#pragma once

#include "controller/reconcile/facts.h"

namespace instanced {

Decision Decide(const InstanceObject& desired, const Observed& observed,
                const Circumstances& circumstances, MonotonicTime now);

}  // namespace instanced
