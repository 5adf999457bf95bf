// Starts a program and prints how many milliseconds pass until its window shows something: `first-paint PROGRAM [ARGUMENTS]`. Seen from outside, by
// looking at the screen: a window counts as painted when the line across its middle has more than one colour. Also the bare Qt window to
// compare with: `first-paint --bare` is one.
#include <QApplication>
#include <QPainter>
#include <QWidget>

#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kDeadline = std::chrono::seconds(30);

class Bare : public QWidget {
protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        painter.fillRect(rect(), Qt::white);
        painter.drawText(rect(), Qt::AlignCenter, QStringLiteral("A bare Qt window with one line of text across its middle, and nothing else in it at all"));
    }
};

int bareWindow(int argc, char** argv) {
    QApplication application(argc, argv);
    Bare window;
    window.resize(1440, 860);
    window.show();
    return QApplication::exec();
}

int failed(Display*, XErrorEvent*) { return 0; } // a window may be gone while it is looked at

bool showsSomething(Display* display, Window window, int depth) {
    XWindowAttributes attributes;
    if (!XGetWindowAttributes(display, window, &attributes) || attributes.map_state != IsViewable || attributes.c_class != InputOutput)
        return false;
    if (attributes.width > 300 && attributes.height > 200) {
        for (const int part : {2, 4, 8, 16}) {
            // Not to its edges: what stands out of the screen cannot be read.
            const int left = attributes.width / 8, width = attributes.width * 3 / 4;
            XImage* image = XGetImage(display, window, left, attributes.height / part, static_cast<unsigned>(width), 1, AllPlanes, ZPixmap);
            if (!image)
                continue;
            int colours = 0;
            unsigned long last = ~0UL;
            for (int x = 0; x < width; ++x) {
                const unsigned long pixel = XGetPixel(image, x, 0);
                colours += pixel != last;
                last = pixel;
            }
            XDestroyImage(image);
            if (colours > 8)
                return true;
        }
    }
    Window root, parent, *children = nullptr;
    unsigned count = 0;
    bool shows = false;
    if (depth < 3 && XQueryTree(display, window, &root, &parent, &children, &count)) {
        for (unsigned i = 0; i < count && !shows; ++i)
            shows = showsSomething(display, children[i], depth + 1);
        if (children)
            XFree(children);
    }
    return shows;
}

} // namespace

int main(int argc, char** argv) {
    if (argc > 1 && std::strcmp(argv[1], "--bare") == 0)
        return bareWindow(argc, argv);
    Display* display = argc > 1 ? XOpenDisplay(nullptr) : nullptr;
    if (!display) {
        std::fprintf(stderr, "first-paint: it takes a program to start, and an empty X display\n");
        return 2;
    }
    XSetErrorHandler(failed);
    const auto begin = Clock::now();
    const pid_t child = ::fork();
    if (child == 0) {
        ::execv(argv[1], argv + 1);
        ::_exit(127);
    }
    bool seen = false;
    while (!seen && Clock::now() - begin < kDeadline && ::waitpid(child, nullptr, WNOHANG) == 0) {
        Window root, parent, *children = nullptr;
        unsigned count = 0;
        if (XQueryTree(display, DefaultRootWindow(display), &root, &parent, &children, &count)) {
            for (unsigned i = 0; i < count && !seen; ++i)
                seen = showsSomething(display, children[i], 0);
            if (children)
                XFree(children);
        }
        if (!seen)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    const double ms = std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
    ::kill(child, SIGTERM);
    ::waitpid(child, nullptr, 0);
    if (!seen) {
        std::fprintf(stderr, "first-paint: nothing was painted\n");
        return 1;
    }
    std::printf("%.1f\n", ms);
    return 0;
}
