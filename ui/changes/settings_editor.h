#pragma once
// Settings of one resource side by side with the plan of what is wished of them: several settings are given new values, what follows is seen at once, and nothing
// changes before it is applied. Pages give it the entries and put its apply() and discard() into their header.

#include "models/changes/change.h"
#include "models/topics/setting_table_model.h"
#include "ui/shell/page.h"

class QTimer;
class QVBoxLayout;

namespace models::changes {
class ChangeService;
}
namespace ui::widgets {
class Card;
class CommandBox;
class PillLabel;
class PlainLabel;
class SearchField;
class StateStack;
class TableView;
} // namespace ui::widgets

namespace ui::changes {

class ChangeFlow;

class SettingsEditor : public QWidget {
    Q_OBJECT
public:
    SettingsEditor(shell::PageContext& context, models::changes::ChangeService* service, ChangeFlow* flow, QWidget* parent = nullptr);

    /// `of`: "Of the topic orders." `names`: only these; empty = all.
    void setResource(const models::client::ConfigResource& resource, const QString& of, const QStringList& names = {});
    /// What the cluster says now; null: not known yet, or `error` says why not.
    void setEntries(const QList<models::client::ConfigEntry>* entries, const models::Error* error = nullptr);
    /// The button under settings that could not be read; null = none.
    void setAgain(QAction* again) { m_again = again; }
    /// More sentences under the plan, which only the page can say.
    void setConsequences(const QStringList& sentences);

    [[nodiscard]] models::topics::SettingTableModel* model() const { return m_model; }
    [[nodiscard]] widgets::TableView* table() const { return m_table; }
    [[nodiscard]] int wishCount() const { return static_cast<int>(m_model->wishes().size()); }
    /// Why it cannot be applied now; empty = it can.
    [[nodiscard]] QString refusal() const;
    void apply();
    void discard() { m_model->dropAll(); }

signals:
    void changed(); ///< wishes
    void applied(); ///< settings of this cluster were changed, by whatever way: ask again

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void fit(); ///< columns to the room
    void edit(const QString& name);
    void askPlan();
    void showPlan();

    shell::PageContext& m_context;
    models::changes::ChangeService* m_service;
    ChangeFlow* m_flow;
    models::topics::SettingTableModel* m_model;
    widgets::Card* m_card;
    widgets::SearchField* m_search;
    widgets::TableView* m_table;
    widgets::StateStack* m_stack;
    widgets::Card* m_planCard;
    widgets::PillLabel* m_planPill;
    QWidget* m_planBody;
    QVBoxLayout* m_planLines;
    QTimer* m_planTimer;
    QAction* m_again = nullptr;
    QString m_of;
    int m_fitted = 0; ///< the width of names that the columns were made for
    QStringList m_consequences;
    std::optional<models::changes::Plan> m_plan;
    QString m_planProblem;
    quint64 m_planNumber = 0; ///< an older plan's answer is dropped
};

} // namespace ui::changes
