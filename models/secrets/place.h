#pragma once

namespace models::secrets {

/// Where the secrets of a connection are kept between two starts of the window.
enum class SecretPlace {
    Session,  ///< nowhere: they are asked for again
    Keychain, ///< the desktop's
    Vault,    ///< Samsa's own file, under a master password
};

} // namespace models::secrets
