#pragma once
// Carries out a prepared replay on the calling worker, in portions: read, send, have all of it arrive, remember where that was. With transactions the
// position is committed in the target with the messages, so each arrives once whatever dies; without, it is written to samsa.db after the messages have
// arrived, so that none is missing and those of one portion may come twice.

#include "models/client/approved_plan.h"
#include "models/replay/facts.h"
#include "models/replay/replay_control.h"

namespace models::replay {

struct Report {
    QString replayId;
    bool finished = false; ///< false: stopped, can be gone on with
    Tally tally;           ///< of all runs
    qint64 sentNow = 0;    ///< of this run
    qint64 elapsedMs = 0;
    bool transactional = false;
    QStringList notes;     ///< translated: what was out of the ordinary
};

/// Blocks until it is done, stopped or has failed. Busy: another program works at the same replay. What failed can be gone on with, by the same order.
Result<Report> run(const client::ApprovedPlan& plan, Prepared prepared, ReplayStore& store, ReplayControl& control);

/// What a replay needs for as long as it lives, shared by its plan, its worker and whoever watches it. `prepared` and `report` are written by the worker before
/// its answer is delivered, and read after it.
struct ReplayDesk {
    explicit ReplayDesk(std::shared_ptr<store::Database> database) : store(std::move(database)) {}
    ReplayStore store;
    ReplayControl control;
    std::optional<Prepared> prepared;
    std::optional<Report> report;
};

} // namespace models::replay
