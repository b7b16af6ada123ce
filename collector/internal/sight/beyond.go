package sight

import (
	"fmt"
	"strings"
)

// Beyond returns what a plugin reads that is not allowed, each in words for people;
// none where all of it is.
//
// Everything allows all. AllTexts allows itself, and fields that hold text. Parts
// allow fields and keys of their own: a pattern is allowed by one that is the same but
// for case, by `*`, and a pattern without `*` by any that means this key. Keys show
// whole values, numbers too, so AllTexts allows none.
func (s *Sight) Beyond(allowed *Sight) ([]string, error) {
	switch {
	case allowed.Kind == Everything, s.Kind == AllTexts && allowed.Kind == AllTexts:
		return nil, nil
	case s.Kind == Everything:
		return []string{"everything"}, nil
	case s.Kind == AllTexts:
		return []string{"all texts"}, nil
	}
	fields := allowed.Fields
	if allowed.Kind == AllTexts {
		fields = Texts
	}
	var more []string
	for _, name := range (s.Fields &^ fields).Names() {
		more = append(more, "`"+name+"`")
	}
	keys, err := s.keysBeyond(allowed)
	return append(more, keys...), err
}

func (s *Sight) keysBeyond(allowed *Sight) ([]string, error) {
	keys, err := NewKeys(allowed.Keys)
	if err != nil {
		return nil, err
	}
	var more []string
	for _, selector := range s.Keys {
		for _, key := range selector.Keys {
			var on []string
			for carrier := range carriers {
				if selector.Carriers.Has(carrier) && !(keys.allow(carrier, key) || allowed.names(carrier, key)) {
					on = append(on, carrier.String()+"s")
				}
			}
			if len(on) > 0 {
				more = append(more, fmt.Sprintf("`%s` of %s", key, strings.Join(on, ", ")))
			}
		}
	}
	return more, nil
}

// allow says whether a pattern means one key, which is meant.
func (k *Keys) allow(on Carrier, pattern string) bool {
	return !strings.Contains(pattern, "*") && k.Match(on, []string{pattern})
}

// names says whether a pattern, or all keys, is named.
func (s *Sight) names(on Carrier, pattern string) bool {
	for _, selector := range s.Keys {
		for _, key := range selector.Keys {
			if selector.Carriers.Has(on) && (key == "*" || fold(key) == fold(pattern)) {
				return true
			}
		}
	}
	return false
}
