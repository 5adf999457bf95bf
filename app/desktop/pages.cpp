// Which pages there are. A page's folder never knows another's: they meet here only.
#include "app/desktop/welcome_page.h"
#include "app/desktop/window.h"
#include "ui/access/access_page.h"
#include "ui/groups/groups_page.h"
#include "ui/messages/messages_page.h"
#include "ui/overview/overview_page.h"
#include "ui/replay/send_page.h"
#include "ui/settings/settings_page.h"
#include "ui/shell/gallery_page.h"
#include "ui/topics/compaction_page.h"
#include "ui/topics/topics_page.h"

#include <QCoreApplication>

namespace app::desktop {

using ui::shell::Page;
using ui::shell::PageContext;

namespace {
QString tr(const char* text) { return QCoreApplication::translate("Pages", text); }
} // namespace

// What the name of a place is, where pages share it.
static const QString kTopic = QStringLiteral("topic");

void registerPages(ui::shell::PageRegistry& pages, Services& services) {
    // A page of a cluster that is not known is not made: the window says that there is no such place.
    pages.add({QStringLiteral("overview"), tr(QT_TRANSLATE_NOOP("Pages", "Overview")), [&services](PageContext& context, const QString& cluster, QWidget* parent) -> Page* {
                   auto* session = services.session(cluster);
                   return session ? new ui::overview::OverviewPage(context, session, services.changes(cluster), &services.local, Services::localName(cluster), parent) : nullptr;
               }});
    pages.add({QStringLiteral("topics"), tr(QT_TRANSLATE_NOOP("Pages", "Topics")), [&services](PageContext& context, const QString& cluster, QWidget* parent) -> Page* {
                   auto* session = services.session(cluster);
                   return session ? new ui::topics::TopicsPage(context, session, services.changes(cluster), parent) : nullptr;
               }, kTopic});
    pages.add({QStringLiteral("messages"), tr(QT_TRANSLATE_NOOP("Pages", "Messages")), [&services](PageContext& context, const QString& cluster, QWidget* parent) -> Page* {
                   auto* session = services.session(cluster);
                   return session ? new ui::messages::MessagesPage(context, session, {&services.jobs, &services.selections, &services.comparing}, parent) : nullptr;
               }, kTopic, true});
    pages.add({QStringLiteral("send"), tr(QT_TRANSLATE_NOOP("Pages", "Send")), [&services](PageContext& context, const QString& cluster, QWidget* parent) -> Page* {
                   auto* session = services.session(cluster);
                   return session ? new ui::replay::SendPage(context, session, services.changes(cluster), {services.database, [&services] {
                                        QList<ui::replay::Endpoint> all;
                                        for (auto* one : services.connected())
                                            all.append({one->key(), one->name(), one->config().client, services.changes(one->key())});
                                        return all;
                                    }, &services.selections}, parent)
                                  : nullptr;
               }, kTopic, true});
    pages.add({QStringLiteral("groups"), tr(QT_TRANSLATE_NOOP("Pages", "Groups")), [&services](PageContext& context, const QString& cluster, QWidget* parent) -> Page* {
                   auto* session = services.session(cluster);
                   return session ? new ui::groups::GroupsPage(context, session, services.changes(cluster), services.alerts(cluster), parent) : nullptr;
               }});
    pages.add({QStringLiteral("settings"), tr(QT_TRANSLATE_NOOP("Pages", "Settings")), [&services](PageContext& context, const QString& cluster, QWidget* parent) -> Page* {
                   auto* session = services.session(cluster);
                   return session ? new ui::settings::SettingsPage(context, session, services.changes(cluster), parent) : nullptr;
               }});
    // Of one topic: reached from it, not listed.
    pages.add({QStringLiteral("compaction"), {}, [&services](PageContext& context, const QString& cluster, QWidget* parent) -> Page* {
                   auto* session = services.session(cluster);
                   return session ? new ui::topics::CompactionPage(context, session, services.changes(cluster), {&services.jobs, [&services, name = Services::localName(cluster)] {
                                        QMap<int, QString> directories;
                                        if (const auto local = services.local.cluster(name))
                                            for (const auto& node : local->nodes)
                                                directories.insert(node.id, node.logDirectory);
                                        return directories;
                                    }}, parent)
                                  : nullptr;
               }, kTopic});
    pages.add({QStringLiteral("access"), tr(QT_TRANSLATE_NOOP("Pages", "Access")), [&services](PageContext& context, const QString& cluster, QWidget* parent) -> Page* {
                   auto* session = services.session(cluster);
                   return session ? new ui::access::AccessPage(context, session, services.changes(cluster), parent) : nullptr;
               }});
    pages.add({QStringLiteral("welcome"), {}, [&services](PageContext& context, const QString&, QWidget* parent) -> Page* {
                   return new WelcomePage(context, [&services] { return !services.local.clusters().isEmpty() || (services.connections && !services.connections->profiles().isEmpty()); }, parent);
               }});
    pages.add({QStringLiteral("gallery"), {}, [](PageContext& context, const QString&, QWidget* parent) -> Page* { return new ui::shell::GalleryPage(context, parent); }});
}

} // namespace app::desktop
