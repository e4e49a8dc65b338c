"""Which IP addresses are on the public internet.

Ranges: IANA's IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and its updates), written out here because
the standard library's idea of "global" differs between Python versions.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Network = IPv4Network | IPv6Network

_INNER_V4: Final = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by carriers; some clouds' metadata
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's host agent, on an address that is otherwise public
        "169.254.0.0/16",  # link-local; most clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_PUBLIC_V6: Final = ip_network("2000::/3")  # all that is assigned as global unicast
_INNER_V6: Final = tuple(
    ip_network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: wraps any IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
_NAT64: Final = ip_network("64:ff9b::/96")  # RFC 6052: how a host without IPv4 reaches it


def is_public(address: str) -> bool:
    """Whether a numeric address is one on the public internet; what wraps an IPv4 address is judged by that.

    Raises ValueError for what is no address.
    """
    ip = _meant(address)
    if isinstance(ip, IPv6Address):
        return ip in _PUBLIC_V6 and not any(ip in network for network in _INNER_V6)
    return not any(ip in network for network in _INNER_V4)


def within(address: str, networks: tuple[Network, ...]) -> bool:
    """Whether a numeric address is in one of these networks, by the IPv4 address that it wraps if it does."""
    ip = _meant(address)
    return any(ip in network for network in networks)


def _meant(address: str) -> IPv4Address | IPv6Address:
    """The address that packets go to in the end."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return ip.ipv4_mapped
        if ip in _NAT64:
            return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip
