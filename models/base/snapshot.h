#pragma once
// A snapshot is a value that was true at one moment: shared, never changed after it is published, so any thread may read it.
// When a part of it could not be asked, the old data of that part stays and `errors` says why; the age is shown beside it.

#include "models/base/error.h"

#include <QList>
#include <QString>
#include <memory>

namespace models {

/// One part of a snapshot that could not be brought up to date.
struct PartError {
    QString part; ///< "offsets", "log directories", "group billing"
    Error error;
    bool operator==(const PartError&) const = default;
};

template <class T>
struct Snapshot {
    std::shared_ptr<const T> data; ///< null before the first answer
    quint64 generation = 0;        ///< grows by one with each publication
    qint64 takenMs = 0;            ///< wall clock, milliseconds since 1970, when its last good answer arrived
    QList<PartError> errors;

    explicit operator bool() const { return data != nullptr; }
    const T& operator*() const { return *data; }
    const T* operator->() const { return data.get(); }
};

} // namespace models
