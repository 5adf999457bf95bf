#pragma once
// The one sidebar: clusters of this machine and remote ones, the places of the open cluster below it, two ways to get another at
// the bottom. It shows values; app/ fills them from its services.

#include "ui/shell/location.h"
#include "ui/theme/theme.h"

#include <QAbstractListModel>
#include <QWidget>

class QListView;
class QVBoxLayout;

namespace ui::shell {

struct SidebarPlace {
    Location location;
    QString title; ///< "Topics"
    QString count; ///< "14", may be empty
    bool operator==(const SidebarPlace&) const = default;
};
struct SidebarCluster {
    QString key;
    QString name;
    QString note;          ///< "3 brokers", "stopped", "production", "certificate expired"
    theme::Tone tone = theme::Tone::Good;
    bool off = false;      ///< hollow dot: stopped, not connected
    bool production = false;
    QString stateText;     ///< for tooltip and screen readers: "2 of 3 brokers are up"
    QList<SidebarPlace> places; ///< shown while this cluster is the open one; the first opens by a click on the cluster
    bool operator==(const SidebarCluster&) const = default;
};
struct SidebarSection {
    QString title; ///< "On this machine"
    QList<SidebarCluster> clusters;
    bool operator==(const SidebarSection&) const = default;
};

class Sidebar : public QWidget {
    Q_OBJECT
public:
    /// The actions at the bottom, and the one behind the key cap at the top.
    Sidebar(QAction* palette, const QList<QAction*>& bottom, QWidget* parent = nullptr);
    void setSections(const QList<SidebarSection>& sections);
    [[nodiscard]] const QList<SidebarSection>& sections() const { return m_sections; }
    /// Marks where the window is and opens that cluster's places.
    void setCurrent(const Location& place);
    [[nodiscard]] QWidget* list() const;

signals:
    void chosen(const ui::shell::Location& place);
    void clusterMenuWanted(const QString& key, const QPoint& globalPosition);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    class Model;
    class Delegate;
    QListView* m_list;
    Model* m_model;
    QList<SidebarSection> m_sections;
    Location m_current;
};

} // namespace ui::shell
