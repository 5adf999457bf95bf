#include "ui/shell/main_window.h"

#include "models/base/job.h"
#include "ui/shell/header_bar.h"
#include "ui/shell/overlays.h"
#include "ui/theme/icons.h"
#include "ui/widgets/notice_bar.h"
#include "ui/widgets/state_view.h"

#include <QApplication>
#include <QClipboard>
#include <QCloseEvent>
#include <QMenuBar>
#include <QScreen>
#include <QStackedWidget>
#include <QTimer>
#include <QVBoxLayout>
#include <QWindow>

namespace ui::shell {

namespace {
constexpr int kTickMs = 250;
constexpr int kHistoryMax = 200;
constexpr QSize kFrameGuess(2, 32);
const auto kWindow = QStringLiteral("window");
} // namespace

MainWindow::MainWindow(ActionRegistry& actions, const PageRegistry& pages, WindowState& state, models::JobRunner* jobs, WindowCommands commands)
    : m_actions(actions), m_pages(pages), m_state(state), m_jobs(jobs), m_tick(new QTimer(this)) {
    setWindowTitle(QStringLiteral("Samsa"));
    setMinimumSize(800, 520);
    makeActions(commands);
    auto* centre = new QWidget(this);
    auto* across = new QHBoxLayout(centre);
    across->setContentsMargins(0, 0, 0, 0);
    across->setSpacing(0);
    m_sidebar = new Sidebar(m_paletteAction, {m_addConnection, m_startCluster}, centre);
    auto* main = new QWidget(centre);
    auto* down = new QVBoxLayout(main);
    down->setContentsMargins(0, 0, 0, 0);
    down->setSpacing(0);
    m_banner = new Banner(main);
    m_header = new HeaderBar(main);
    m_stack = new QStackedWidget(main);
    m_status = new StatusLine(m_jobsAction, main);
    down->addWidget(m_banner);
    down->addWidget(m_header);
    down->addWidget(m_stack, 1);
    down->addWidget(m_status);
    across->addWidget(m_sidebar);
    across->addWidget(main, 1);
    setCentralWidget(centre);
    m_notice = new widgets::NoticeBar(main); // over the stack: pages come and go below it
    connect(m_notice, &widgets::NoticeBar::placed, m_status, &StatusLine::avoid);
    m_palette = new Palette(m_actions, this);
    makeMenus();
    connect(m_sidebar, &Sidebar::chosen, this, &MainWindow::go);
    connect(m_sidebar, &Sidebar::clusterMenuWanted, this, [this](const QString& key, const QPoint& at) {
        QMenu menu(this);
        if (m_clusterMenu)
            m_clusterMenu(&menu, key);
        if (!menu.isEmpty())
            menu.exec(at);
    });
    connect(m_header, &HeaderBar::crumbChosen, this, &MainWindow::go);
    connect(m_palette, &Palette::chosen, this, &MainWindow::go);
    m_palette->addSource([this](const QString&, int) {
        QList<PaletteItem> here, elsewhere; // equal names: where one is comes first
        for (const auto& section : m_sidebar->sections()) {
            for (const auto& cluster : section.clusters) {
                auto& items = cluster.key == place().cluster ? here : elsewhere;
                for (const auto& place : cluster.places)
                    items.append({tr("Go"), place.title, cluster.production ? tr("%1 · production").arg(cluster.name) : cluster.name, place.location, {}, true});
                if (cluster.places.isEmpty())
                    continue;
                items.append({tr("Cluster"), cluster.name, cluster.note, cluster.places.first().location, {}, true});
            }
        }
        return here + elsewhere;
    });
    m_tick->setInterval(kTickMs);
    m_tick->start();
    if (m_jobs) {
        connect(m_jobs, &models::JobRunner::runningCountChanged, this, &MainWindow::updateJobs);
        updateJobs();
    }
    restoreGeometryState();
}

MainWindow::~MainWindow() {
    // Pages go before what they use.
    qDeleteAll(m_open);
    m_open.clear();
}

void MainWindow::makeActions(const WindowCommands& commands) {
    const auto add = [this](ActionSpec spec) { return m_actions.add(std::move(spec), this); };
    m_paletteAction = add({.id = QStringLiteral("go.palette"), .text = tr("Go anywhere, do anything"), .key = QKeySequence(Qt::CTRL | Qt::Key_K),
                           .icon = QStringLiteral("search"), .menu = QStringLiteral("go"), .run = [this] { m_palette->open(place().kind); }});
    add({.id = QStringLiteral("go.commands"), .text = tr("Every command"), .key = QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_P), .menu = QStringLiteral("go"),
         .run = [this] { m_palette->open(place().kind, QStringLiteral(">")); }});
    m_back = add({.id = QStringLiteral("go.back"), .text = tr("Back"), .key = QKeySequence(Qt::ALT | Qt::Key_Left), .icon = QStringLiteral("back"),
                  .menu = QStringLiteral("go"), .run = [this] { step(-1); }});
    m_forward = add({.id = QStringLiteral("go.forward"), .text = tr("Forward"), .key = QKeySequence(Qt::ALT | Qt::Key_Right), .icon = QStringLiteral("forward"),
                     .menu = QStringLiteral("go"), .run = [this] { step(1); }});
    add({.id = QStringLiteral("go.sidebar"), .text = tr("To the list of clusters"), .key = QKeySequence(Qt::ALT | Qt::Key_0), .menu = QStringLiteral("go"),
         .run = [this] { m_sidebar->list()->setFocus(Qt::ShortcutFocusReason); }});
    add({.id = QStringLiteral("go.page"), .text = tr("To the page"), .key = QKeySequence(Qt::Key_F6), .menu = QStringLiteral("go"), .run = [this] {
             if (m_page)
                 (m_page->firstFocus() ? m_page->firstFocus() : m_page.data())->setFocus(Qt::ShortcutFocusReason);
         }});
    int number = 1;
    for (const auto& entry : m_pages.entries()) {
        if (entry.title.isEmpty() || number > 9)
            continue;
        add({.id = QStringLiteral("go.place.") + entry.kind, .text = tr("Go to %1").arg(entry.title),
             .key = QKeySequence(QStringLiteral("Alt+%1").arg(number++)), .menu = QStringLiteral("go"), .run = [this, kind = entry.kind] {
                 const QString cluster = place().cluster;
                 if (!cluster.isEmpty())
                     go({cluster, kind, {}, {}});
             }});
    }
    add({.id = QStringLiteral("go.copyLink"), .text = tr("Copy a link to this place"), .key = QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_L),
         .icon = QStringLiteral("copy"), .menu = QStringLiteral("go"), .run = [this] { copy(place().toText(), tr("a link to this place")); }});
    m_addConnection = add({.id = QStringLiteral("file.addConnection"), .text = tr("Add a connection"), .key = QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_N),
                           .icon = QStringLiteral("plus"), .menu = QStringLiteral("file"), .run = commands.addConnection});
    m_startCluster = add({.id = QStringLiteral("file.startCluster"), .text = tr("Start a local cluster"), .key = QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S),
                          .icon = QStringLiteral("play"), .menu = QStringLiteral("file"), .run = commands.startCluster});
    if (commands.startDemo)
        add({.id = QStringLiteral("file.startDemo"), .text = tr("Try it with made-up messages"), .icon = QStringLiteral("play"), .menu = QStringLiteral("file"),
             .explanation = tr("A local cluster with topics, groups and messages that go on by themselves"), .run = commands.startDemo});
    if (!commands.addConnection)
        m_addConnection->setRefusal(tr("Connections cannot be added here"));
    if (!commands.startCluster)
        m_startCluster->setRefusal(tr("Local clusters cannot be started here"));
    add({.id = QStringLiteral("file.quit"), .text = tr("Quit"), .key = QKeySequence(Qt::CTRL | Qt::Key_Q), .menu = QStringLiteral("file"), .run = [this] { close(); }});
    add({.id = QStringLiteral("view.theme"), .text = tr("Switch between light and dark"), .key = QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_D),
         .menu = QStringLiteral("view"), .run = [this, set = commands.setDark] { if (set) set(!theme::of(this).dark()); }});
    add({.id = QStringLiteral("view.fullScreen"), .text = tr("Full screen"), .key = QKeySequence(Qt::Key_F11), .menu = QStringLiteral("view"),
         .run = [this] { setWindowState(windowState() ^ Qt::WindowFullScreen); }});
    m_jobsAction = add({.id = QStringLiteral("view.jobs"), .text = tr("Show what runs"), .key = QKeySequence(Qt::CTRL | Qt::Key_J), .icon = QStringLiteral("jobs"),
                        .menu = QStringLiteral("view"), .run = [this] { showJobs(); }});
    add({.id = QStringLiteral("help.keys"), .text = tr("Every key"), .key = QKeySequence(Qt::Key_Question), .menu = QStringLiteral("help"), .run = [this] { showKeys(); }});
    m_back->setRefusal(tr("There is nothing before"));
    m_forward->setRefusal(tr("There is nothing after"));
}

void MainWindow::makeMenus() {
    for (const auto& [id, title] : {std::pair("file", tr("&File")), std::pair("go", tr("&Go")), std::pair("", tr("&Page")), std::pair("view", tr("&View")), std::pair("help", tr("&Help"))}) {
        QMenu* menu = menuBar()->addMenu(title);
        connect(menu, &QMenu::aboutToShow, this, [this, menu, id = QString::fromLatin1(id)] { fillMenu(menu, id); });
    }
}

void MainWindow::fillMenu(QMenu* menu, const QString& id) {
    menu->clear();
    for (Action* action : m_actions.actionsIn(place().kind))
        if (action->spec().menu == id)
            menu->addAction(action);
    if (menu->isEmpty())
        menu->addAction(tr("Nothing to do here"))->setEnabled(false);
}

void MainWindow::go(const Location& target) {
    if (target.isEmpty() || !m_pages.find(target.kind)) {
        notify({tr("There is no such place: %1").arg(target.toText().left(200)), theme::Tone::Bad});
        return;
    }
    Location wanted = target; // its own: what asked may have shown it from a row that goes with the going
    if (const auto* entry = m_pages.find(target.kind); entry->needsOne && target.name.isEmpty()) {
        // From a topic's page to its messages, not to those of whichever topic was read last.
        const Location here = place();
        const auto* from = m_pages.find(here.kind);
        if (from != nullptr && from != entry && here.cluster == target.cluster && !entry->about.isEmpty() && from->about == entry->about)
            wanted.name = here.name;
    }
    visit(wanted, true);
}

void MainWindow::visit(const Location& target, bool remember) {
    const auto* entry = m_pages.find(target.kind);
    if (!entry)
        return;
    // What the reader leaves is remembered as it was left.
    if (m_page && m_at >= 0 && m_at < m_history.size())
        m_history[m_at].place = m_page->location();
    if (!m_noticeCluster.isEmpty() && target.cluster != m_noticeCluster)
        m_notice->hide(); // its Undo would be read as this cluster's
    const QString key = target.cluster + u'\n' + target.kind;
    Page* page = m_open.value(key);
    if (!page) {
        page = entry->make(*this, target.cluster, m_stack);
        if (!page) {
            notify({tr("There is no such place: %1").arg(target.toText().left(200)), theme::Tone::Bad});
            return;
        }
        m_open.insert(key, page);
        m_stack->addWidget(page);
        connect(page, &Page::headerChanged, this, [this, page] { if (page == m_page) refreshHeader(); });
        connect(page, &Page::locationChanged, this, [this, page] {
            if (page != m_page || m_at < 0)
                return;
            m_history[m_at].place = page->location();
            m_state.setValue(kWindow, QStringLiteral("place"), page->location().toText());
        });
    }
    const bool keyboardInSidebar = m_sidebar->list()->hasFocus();
    m_page = page;
    page->open(target);
    m_stack->setCurrentWidget(page);
    if (remember && !(m_at >= 0 && m_history[m_at].place == target)) {
        m_history.resize(m_at + 1);
        m_history.append({target});
        if (m_history.size() > kHistoryMax)
            m_history.removeFirst();
        m_at = static_cast<int>(m_history.size()) - 1;
    }
    m_back->setRefusal(m_at > 0 ? QString() : tr("There is nothing before"));
    m_forward->setRefusal(m_at + 1 < m_history.size() ? QString() : tr("There is nothing after"));
    m_sidebar->setCurrent(target);
    refreshHeader();
    if (!keyboardInSidebar && !m_palette->isVisible()) {
        // A page that still waits for its cluster keeps the keyboard for what it will show: refreshHeader() hands it on.
        QWidget* first = page->firstFocus();
        (first && first->isVisible() ? first : page)->setFocus(Qt::OtherFocusReason);
    }
    m_state.setValue(kWindow, QStringLiteral("place"), target.toText());
    emit placeChanged(target);
}

void MainWindow::step(int by) {
    const int to = m_at + by;
    if (to < 0 || to >= m_history.size())
        return;
    if (m_page)
        m_history[m_at].place = m_page->location();
    const Location target = m_history[to].place;
    m_page.clear(); // its view was remembered above
    m_at = to;
    visit(target, false);
}

void MainWindow::refreshHeader() {
    if (!m_page)
        return;
    const PageHeader header = m_page->header();
    m_header->show(header);
    refreshBanner();
    m_status->setParts(m_page->status());
    const QString title = header.title.isEmpty() ? QStringLiteral("Samsa") : tr("%1 - Samsa").arg(header.title);
    if (windowTitle() != title)
        setWindowTitle(title);
    if (QWidget* first = m_page->hasFocus() ? m_page->firstFocus() : nullptr; first && first->isVisible())
        first->setFocus(Qt::OtherFocusReason);
}

void MainWindow::refreshBanner() {
    if (!m_page)
        return;
    const Pill own = m_page->banner();
    if (!own.text.isEmpty() || !m_clusterBanner) {
        m_banner->show(own);
        return;
    }
    const auto [pill, action] = m_clusterBanner(m_page->location().cluster);
    m_banner->show(pill, action);
}

Location MainWindow::place() const { return m_page ? m_page->location() : Location{}; }

std::optional<Location> MainWindow::lastPlace() const {
    const auto last = Location::fromText(m_state.value(kWindow, QStringLiteral("place")).toString());
    return last && m_pages.find(last->kind) ? last : std::nullopt;
}

void MainWindow::notify(const Notice& notice) {
    m_noticeCluster = notice.cluster;
    m_notice->tell(notice.text, notice.tone, notice.actionText, notice.action);
}

void MainWindow::copy(const QString& text, const QString& what) {
    QApplication::clipboard()->setText(text);
    notify({tr("Copied %1").arg(what), theme::Tone::Good});
}

QVariant MainWindow::state(const Location& at, const QString& key) const { return m_state.value(QStringLiteral("view/") + at.cluster, at.kind + u'/' + key); }
void MainWindow::setState(const Location& at, const QString& key, const QVariant& value) { m_state.setValue(QStringLiteral("view/") + at.cluster, at.kind + u'/' + key, value); }

QObject* MainWindow::tickSource() { return m_tick; }

void MainWindow::onTick(QWidget* receiver, std::function<void()> f) {
    connect(m_tick, &QTimer::timeout, receiver, [receiver, f = std::move(f)] {
        if (receiver->isVisible() && !receiver->window()->isMinimized())
            f();
    });
}

void MainWindow::setSidebar(const QList<SidebarSection>& sections) { m_sidebar->setSections(sections); }

void MainWindow::closePages(const QString& cluster) {
    for (auto it = m_open.begin(); it != m_open.end();) {
        if (!it.key().startsWith(cluster + u'\n')) {
            ++it;
            continue;
        }
        if (it.value() == m_page)
            m_page.clear();
        m_stack->removeWidget(it.value());
        it.value()->deleteLater();
        it = m_open.erase(it);
    }
}

void MainWindow::updateJobs() {
    const int running = m_jobs ? m_jobs->runningCount() : 0;
    m_status->setJobs(running, running > 0 ? tr("%n job(s) running", nullptr, running) : tr("Show what runs"));
}

void MainWindow::showKeys() { (new KeysDialog(m_actions, place().kind, this))->open(); }

void MainWindow::showJobs() { (new JobsDialog(m_jobs, this))->open(); }

void MainWindow::rememberGeometry() {
    if (!m_restored || !isVisible())
        return;
    m_state.setValue(kWindow, QStringLiteral("maximized"), isMaximized());
    if (isMaximized() || isFullScreen())
        return;
    m_state.setValue(kWindow, QStringLiteral("size"), QStringLiteral("%1x%2").arg(width()).arg(height()));
    if (QGuiApplication::platformName() != QStringLiteral("wayland"))
        m_state.setValue(kWindow, QStringLiteral("position"), QStringLiteral("%1,%2").arg(x()).arg(y()));
}

void MainWindow::restoreGeometryState() {
    const QRect screen = QGuiApplication::primaryScreen() ? QGuiApplication::primaryScreen()->availableGeometry() : QRect(0, 0, 1440, 900);
    const QStringList size = m_state.value(kWindow, QStringLiteral("size")).toString().split(u'x');
    QSize wanted = size.size() == 2 ? QSize(size[0].toInt(), size[1].toInt()) : QSize(1440, 900);
    if (wanted.width() < 400 || wanted.height() < 300)
        wanted = {1440, 900};
    resize(wanted.boundedTo(screen.size() - kFrameGuess)); // what the frame really takes is known when there is one: fitToScreen()
    const QStringList at = m_state.value(kWindow, QStringLiteral("position")).toString().split(u',');
    if (at.size() == 2) {
        const QPoint point(at[0].toInt(), at[1].toInt());
        // A screen that is gone: the system chooses.
        if (QGuiApplication::screenAt(point + QPoint(40, 20)))
            move(point);
    }
    if (m_state.value(kWindow, QStringLiteral("maximized")).toBool())
        setWindowState(Qt::WindowMaximized);
    m_restored = true;
}

void MainWindow::fitToScreen() {
    if (m_fitted || !windowHandle() || isMaximized() || isFullScreen())
        return;
    const QMargins frame = windowHandle()->frameMargins();
    if (frame.isNull())
        return; // none yet, or never
    m_fitted = true;
    const QRect free = screen()->availableGeometry();
    const QSize most = free.size() - QSize(frame.left() + frame.right(), frame.top() + frame.bottom());
    if (width() > most.width() || height() > most.height())
        resize(size().boundedTo(most));
    const QPoint corner(std::clamp(x(), free.left(), std::max(free.left(), free.right() + 1 - width() - frame.left() - frame.right())),
                        std::clamp(y(), free.top(), std::max(free.top(), free.bottom() + 1 - height() - frame.top() - frame.bottom())));
    if (corner != pos())
        move(corner);
}

void MainWindow::resizeEvent(QResizeEvent* event) {
    QMainWindow::resizeEvent(event);
    rememberGeometry();
}
void MainWindow::moveEvent(QMoveEvent* event) {
    QMainWindow::moveEvent(event);
    fitToScreen();
    rememberGeometry();
}
void MainWindow::changeEvent(QEvent* event) {
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::WindowStateChange)
        rememberGeometry();
    if (event->type() == QEvent::ActivationChange)
        fitToScreen();
}

void MainWindow::closeEvent(QCloseEvent* event) {
    if (m_page)
        m_state.setValue(kWindow, QStringLiteral("place"), m_page->location().toText());
    m_state.saveNow();
    if (m_jobs)
        m_jobs->cancelAll();
    event->accept();
    QApplication::quit();
}

} // namespace ui::shell
