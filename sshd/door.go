package sshd

import (
	"net/netip"
	"sync"
	"time"
)

// door counts who is inside and decides who may come in.
type door struct {
	limits Limits
	now    func() time.Time

	mu       sync.Mutex
	unproven int
	address  map[netip.Addr]int
	rates    map[netip.Addr]*bucket
	swept    time.Time // when rates was last looked through
	sessions int
	perKey   map[string]int
}

func newDoor(l Limits, now func() time.Time) *door {
	return &door{limits: l, now: now, address: map[netip.Addr]int{}, rates: map[netip.Addr]*bucket{}, perKey: map[string]int{}}
}

// maxRates bounds the memory of who came how often; past it, the addresses that are not remembered share one allowance.
const maxRates = 4096

// enter takes a place for a connection that has proved nothing yet, or says why there is none.
func (d *door) enter(addr netip.Addr) reason {
	addr = neighbourhood(addr)
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case !d.rate(addr).take(d.now()):
		return whyRate
	case d.unproven >= d.limits.Unauthenticated:
		return whyFull
	case d.address[addr] >= d.limits.PerAddress:
		return whyAddress
	}
	d.unproven++
	d.address[addr]++
	return ""
}

// leave gives back what enter took.
func (d *door) leave(addr netip.Addr) {
	addr = neighbourhood(addr)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.unproven--
	if d.address[addr]--; d.address[addr] <= 0 {
		delete(d.address, addr)
	}
}

// admit takes a place for a proven key, or says why there is none.
func (d *door) admit(key string) reason {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.sessions >= d.limits.Sessions:
		return whySessions
	case d.perKey[key] >= d.limits.SessionsPerKey:
		return whyKeySessions
	}
	d.sessions++
	d.perKey[key]++
	return ""
}

// dismiss gives back what admit took.
func (d *door) dismiss(key string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sessions--
	if d.perKey[key]--; d.perKey[key] <= 0 {
		delete(d.perKey, key)
	}
}

func (d *door) rate(addr netip.Addr) *bucket {
	if b, ok := d.rates[addr]; ok {
		return b
	}
	if now := d.now(); len(d.rates) >= maxRates && now.Sub(d.swept) >= time.Second { // not for each of a flood
		d.swept = now
		for a, b := range d.rates {
			if b.full(now) {
				delete(d.rates, a) // who has all of the allowance need not be remembered
			}
		}
	}
	if len(d.rates) >= maxRates {
		addr = netip.Addr{}
		if b, ok := d.rates[addr]; ok {
			return b
		}
	}
	b := newBucket(float64(d.limits.Rate), float64(10*d.limits.Rate), d.now())
	d.rates[addr] = b
	return b
}

// neighbourhood is what counts as one address: who has one of IPv6 has the 2⁶⁴ around it.
func neighbourhood(addr netip.Addr) netip.Addr {
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		if p, err := addr.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return addr
}

// bucket is an allowance: so many at once, then so many a second.
type bucket struct {
	perSecond, most, left float64
	at                    time.Time
}

func newBucket(perSecond, most float64, now time.Time) *bucket {
	return &bucket{perSecond: perSecond, most: most, left: most, at: now}
}

func (b *bucket) fill(now time.Time) {
	if passed := now.Sub(b.at); passed > 0 {
		b.left = min(b.most, b.left+passed.Seconds()*b.perSecond)
		b.at = now
	}
}

func (b *bucket) take(now time.Time) bool {
	b.fill(now)
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}

func (b *bucket) full(now time.Time) bool {
	b.fill(now)
	return b.left >= b.most
}
