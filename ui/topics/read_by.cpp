#include "ui/topics/read_by.h"

#include "models/base/format.h"
#include "models/session/snapshots.h"
#include "ui/widgets/button.h"
#include "ui/widgets/label.h"

#include <QHBoxLayout>
#include <algorithm>

namespace ui::topics {

namespace {
constexpr int kNameMax = 170; ///< pixels of a group's name; the tooltip has the whole
}

ReadBy::ReadBy(shell::PageContext& context, QWidget* parent) : QWidget(parent), m_context(context) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(2);
    m_words = new widgets::PlainLabel({}, this, theme::Face::Small, theme::Ink::Secondary);
    row->addStretch(1);
    row->addWidget(m_words);
    for (int i = 0; i < kLinksMax; ++i) {
        auto* action = widgets::localAction(this, tr("Group"), [this, i] { m_context.go({m_cluster, QStringLiteral("groups"), m_links[i].group, {}}); });
        auto* button = (new widgets::Button(action, theme::ButtonKind::Quiet, this))->small();
        button->hide();
        row->addWidget(button);
        m_links.append({action, button, {}});
    }
    m_all = widgets::localAction(this, tr("Groups"), [this] { m_context.go({m_cluster, QStringLiteral("groups"), {}, {}}); });
    m_allButton = (new widgets::Button(m_all, theme::ButtonKind::Quiet, this))->small();
    m_allButton->hide();
    row->addWidget(m_allButton);
    setMinimumSize(80, 26);
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred); // as many links as there is room for
}

void ReadBy::show(const QString& cluster, const QString& topic, const models::session::GroupsSnapshot* groups) {
    m_cluster = cluster;
    struct Reader {
        const models::session::Group* group;
        qint64 lag; ///< of this topic; -1 = not known
    };
    QList<Reader> readers;
    if (groups != nullptr) {
        for (const auto& group : groups->groups) {
            Reader reader{&group, -1};
            bool reads = false;
            for (const auto& partition : group.partitions) {
                if (partition.partition.topic != topic)
                    continue;
                reads = true;
                if (partition.lag >= 0)
                    reader.lag = std::max<qint64>(reader.lag, 0) + partition.lag;
            }
            if (reads)
                readers.append(reader);
        }
    }
    // By name: a list that re-sorts itself cannot be pressed.
    std::sort(readers.begin(), readers.end(), [](const Reader& a, const Reader& b) { return a.group->id < b.group->id; });
    m_count = static_cast<int>(readers.size());
    m_words->setText(groups == nullptr ? QString() : readers.isEmpty() ? tr("No group reads it.") : tr("Read by"));
    const QFontMetrics metrics(theme::of(this).font(theme::Face::Medium));
    for (int i = 0; i < kLinksMax; ++i) {
        auto& link = m_links[i];
        link.group = i < m_count ? readers[i].group->id : QString();
        if (i >= m_count)
            continue;
        const QString name = models::format::inOrder(link.group);
        const QString shown = metrics.elidedText(name, Qt::ElideMiddle, kNameMax);
        const QString text = readers[i].lag > 0 ? tr("%1, %2 behind").arg(shown, models::format::countShort(static_cast<double>(readers[i].lag))) : shown;
        if (link.action->text() != text)
            link.action->setText(text);
        link.action->setToolTip(tr("Open the group %1").arg(name));
    }
    fit();
}

void ReadBy::fit() {
    int room = width() - m_words->sizeHint().width() - 8;
    const auto wide = [](widgets::Button* button) { return button->sizeHint().width() + 2; };
    int shown = 0, used = 0;
    while (shown < std::min(m_count, kLinksMax) && used + wide(m_links[shown].button) <= room)
        used += wide(m_links[shown++].button);
    const auto say = [this](int more) { m_all->setText(tr("and %Ln more", nullptr, more)); };
    if (shown < m_count) {
        say(m_count - shown);
        while (shown > 0 && used + wide(m_allButton) > room) {
            used -= wide(m_links[--shown].button);
            say(m_count - shown);
        }
        m_all->setToolTip(tr("The list of all groups"));
    }
    for (int i = 0; i < kLinksMax; ++i)
        m_links[i].button->setVisible(i < shown);
    m_allButton->setVisible(shown < m_count);
}

void ReadBy::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    fit();
}

} // namespace ui::topics
