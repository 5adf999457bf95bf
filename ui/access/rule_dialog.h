#pragma once
// The form of rules: by hand, or what a producer, a consumer or an administrator needs. Says in words what it would add; asks for a plan, changes nothing.

#include "models/access/effects.h"
#include "models/changes/change.h"
#include "ui/widgets/dialog.h"

class QCheckBox;
class QComboBox;
class QFormLayout;
class QLineEdit;

namespace ui::widgets {
class PlainLabel;
class SegmentedChoice;
} // namespace ui::widgets

namespace ui::access {

class PatternField;

class RuleDialog : public widgets::Dialog {
    Q_OBJECT
public:
    struct Facts {
        QString cluster;
        QList<models::client::AclRule> rules; ///< that are there
        models::access::KnownNames known;
        QStringList principals; ///< offered
    };
    /// `edited`: the rule that the new ones take the place of; without one, rules are added, and the form begins with `start`.
    RuleDialog(const Facts& facts, const std::optional<models::client::AclRule>& edited, const models::client::AclRule& start, QWidget* near);

signals:
    void wished(const models::changes::AlterAcls& change);

private:
    void makeForm();
    void makeOperations();
    void fill(const models::client::AclRule& rule);
    void kindChanged();
    void check();
    [[nodiscard]] QString host() const;
    [[nodiscard]] QList<models::client::AclRule> wanted() const;
    [[nodiscard]] QString problem(const QList<models::client::AclRule>& rules) const;

    Facts m_facts;
    std::optional<models::client::AclRule> m_edited;
    QFormLayout* m_form;
    QComboBox* m_kind; ///< one rule, or a preset
    QLineEdit* m_principal;
    widgets::SegmentedChoice* m_says;
    QComboBox* m_resource;
    PatternField* m_name;
    QWidget* m_operations;
    QList<std::pair<models::client::AclOperation, QCheckBox*>> m_checks;
    PatternField* m_group;
    PatternField* m_transactionalId;
    QLineEdit* m_host;
    widgets::PlainLabel* m_summary;
    widgets::PlainLabel* m_problem;
    QAction* m_do;
};

} // namespace ui::access
