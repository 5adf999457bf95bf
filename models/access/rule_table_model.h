#pragma once
// Rules and users as rows. Facts only; ui/access paints them.

#include "models/access/evaluator.h"
#include "models/base/snapshot_table_model.h"

namespace models::access {

/// Stable identity of a rule's row.
QString keyOf(const client::AclRule& rule);

struct RuleRow {
    client::AclRule rule;
    QString note;         ///< "decides Write", "prefix; overruled", "matches no topic now"
    bool decides = false; ///< the question's current operation
    bool idle = false;    ///< stands for nothing that exists
    QString key;          ///< keyOf(rule), made once
    bool operator==(const RuleRow&) const = default;
};

class RuleTableModel : public SnapshotTableModel<RuleRow> {
    Q_OBJECT
public:
    enum ColumnNumber { PrincipalColumn, ResourceColumn, NameColumn, MatchColumn, OperationColumn, SaysColumn, HostColumn, NoteColumn };
    explicit RuleTableModel(QObject* parent = nullptr);

protected:
    QString keyOf(const RuleRow& row) const override;
    QVariant cell(const RuleRow& row, int column, int role) const override;
};

struct UserRow {
    client::ScramUser user;
    int rules = 0;      ///< that name it; everybody's rules are not among them
    bool known = true;  ///< the rules are known at all
    bool operator==(const UserRow&) const = default;
};

class UserTableModel : public SnapshotTableModel<UserRow> {
    Q_OBJECT
public:
    enum ColumnNumber { NameColumn, MechanismsColumn, RulesColumn };
    explicit UserTableModel(QObject* parent = nullptr);

protected:
    QString keyOf(const UserRow& row) const override { return row.user.name; }
    QVariant cell(const UserRow& row, int column, int role) const override;
};

/// "exactly", "prefix", "every name"
QString matchText(const client::AclRule& rule);

} // namespace models::access
