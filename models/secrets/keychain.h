#pragma once
// The desktop's keychain (Secret Service, KWallet) as an interface, so that tests bring their own. Interface thread; answers come later and may take
// as long as the user takes to unlock it.

#include "models/base/error.h"

#include <QString>
#include <functional>
#include <memory>

namespace models::secrets {

class Keychain {
public:
    virtual ~Keychain() = default;
    /// NotFound: nothing by this key. Unsupported: there is no keychain after all. Refused: the user or the keychain said no.
    virtual void read(const QString& key, std::function<void(Result<QString>)> deliver) = 0;
    virtual void write(const QString& key, const QString& text, std::function<void(Result<void>)> deliver) = 0;
    /// What is not there is removed.
    virtual void remove(const QString& key, std::function<void(Result<void>)> deliver) = 0;
};

/// Null where this session has none. `service` names the program's part of it. Asks the session bus who is there: some milliseconds.
std::unique_ptr<Keychain> systemKeychain(const QString& service);

} // namespace models::secrets
