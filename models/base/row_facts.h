#pragma once
// The rows of a table model at one moment, for those who sort and filter them elsewhere.

#include <QVariant>
#include <memory>

namespace models {

/// What the cells of some rows say. A value that never changes: any thread may ask, also when its model is gone.
class RowFacts {
public:
    RowFacts() = default;
    RowFacts(const RowFacts&) = delete;
    RowFacts& operator=(const RowFacts&) = delete;
    virtual ~RowFacts() = default;
    [[nodiscard]] virtual int count() const = 0;
    [[nodiscard]] virtual QVariant at(int row, int column, int role) const = 0;
};
using RowFactsPtr = std::shared_ptr<const RowFacts>;

} // namespace models
