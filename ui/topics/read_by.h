#pragma once
// Which groups read a topic, as links to them: "Read by  billing, 12 behind  warehouse". As many as there is room for; the rest is counted, and leads to the list.

#include "ui/shell/page.h"

namespace models::session {
struct GroupsSnapshot;
}
namespace ui::widgets {
class Button;
class PlainLabel;
} // namespace ui::widgets

namespace ui::topics {

class ReadBy : public QWidget {
    Q_OBJECT
public:
    explicit ReadBy(shell::PageContext& context, QWidget* parent = nullptr);
    /// Null: nobody has said yet which groups there are.
    void show(const QString& cluster, const QString& topic, const models::session::GroupsSnapshot* groups);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    static constexpr int kLinksMax = 6;
    struct Link {
        QAction* action;
        widgets::Button* button;
        QString group;
    };
    void fit();
    shell::PageContext& m_context;
    QString m_cluster;
    widgets::PlainLabel* m_words;
    QList<Link> m_links;
    QAction* m_all;
    widgets::Button* m_allButton;
    int m_count = 0; ///< of all groups that read it
};

} // namespace ui::topics
