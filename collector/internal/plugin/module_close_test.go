package plugin

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Protects: modules of one file share their compiled code; who closes one twice takes
// it from nobody.
func TestAModuleThatIsClosedTwiceCostsNoOther(t *testing.T) {
	one, two := compile(t, misbehavingFile(t), testSettings), compile(t, misbehavingFile(t), testSettings)
	require.NoError(t, one.Close(context.Background()))
	require.NoError(t, one.Close(context.Background()))
	instance, err := two.NewInstance(&recordingHost{})
	require.NoError(t, err)
	assert.NoError(t, instance.Close())
}
