#include "models/wire/name_lookup.h"

#include <QHostAddress>
#include <arpa/inet.h>
#include <cstring>
#include <memory>
#include <mutex>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>

namespace models::wire {
namespace {

/// Shared by who asks and the thread that may outlive it.
struct Question {
    std::string host;
    int doneFd = ::eventfd(0, EFD_CLOEXEC);
    std::mutex mutex; ///< guards what follows
    int error = 0;
    QStringList addresses;
    ~Question() { ::close(doneFd); }
};

QStringList textsOf(const addrinfo* found) {
    QStringList all;
    for (const auto* each = found; each != nullptr; each = each->ai_next) {
        char text[INET6_ADDRSTRLEN] = "";
        const void* from = nullptr;
        if (each->ai_family == AF_INET)
            from = &reinterpret_cast<const sockaddr_in*>(each->ai_addr)->sin_addr;
        else if (each->ai_family == AF_INET6)
            from = &reinterpret_cast<const sockaddr_in6*>(each->ai_addr)->sin6_addr;
        if (from != nullptr && ::inet_ntop(each->ai_family, from, text, sizeof text) != nullptr && !all.contains(QLatin1String(text)))
            all.append(QString::fromLatin1(text));
    }
    return all;
}

void ask(const std::shared_ptr<Question>& question) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int error = ::getaddrinfo(question->host.c_str(), nullptr, &hints, &found);
    {
        const std::lock_guard lock(question->mutex);
        question->error = error;
        if (error == 0)
            question->addresses = textsOf(found);
    }
    if (error == 0)
        ::freeaddrinfo(found);
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(question->doneFd, &one, sizeof one);
}

} // namespace

Result<QStringList> lookUp(const QString& host, Deadline deadline, int cancelFd) {
    if (!QHostAddress(host).isNull())
        return QStringList{host};
    // Kafka takes names of 255 characters at most; what a broker advertises may be anything.
    if (host.isEmpty() || host.size() > 255 || host.contains(QChar(u'\0')))
        return fail(ErrorCode::NotFound, host.left(255), QStringLiteral("this is not the name of a host"));
    auto question = std::make_shared<Question>();
    question->host = host.toStdString();
    std::thread([question] {
        pthread_setname_np(pthread_self(), "name-lookup");
        ask(question);
    }).detach();
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
        if (left <= 0)
            return fail(ErrorCode::TimedOut, host, QStringLiteral("the name service did not answer in time"));
        pollfd fds[2] = {{question->doneFd, POLLIN, 0}, {cancelFd, POLLIN, 0}};
        if (::poll(fds, 2, static_cast<int>(left)) <= 0)
            continue;
        if (fds[1].revents != 0)
            return fail(ErrorCode::Cancelled, host, QStringLiteral("cancelled"));
        break;
    }
    const std::lock_guard lock(question->mutex);
    if (question->error == 0 && !question->addresses.isEmpty())
        return question->addresses;
    const QString why = question->error == EAI_SYSTEM ? QString::fromLocal8Bit(std::strerror(errno)) : QString::fromLocal8Bit(::gai_strerror(question->error));
    const bool unknown = question->error == EAI_NONAME || question->error == EAI_NODATA || question->error == 0;
    return fail(unknown ? ErrorCode::NotFound : ErrorCode::Unreachable, host, why);
}

} // namespace models::wire
