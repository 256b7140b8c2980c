package learn

// Check reads a snapshot as a start does.
func Check(file string, o *Options) error {
	if err := o.complete(); err != nil {
		return err
	}
	_, err := read(file, o)
	return err
}
