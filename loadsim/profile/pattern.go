package profile

// File is a custom profile, as it stands in YAML. example files are in the
// folder examples; schema.json describes every key for editors.
type File struct {
	// Name is what the truth calls the profile.
	Name string `yaml:"name"`
	// Duration is how long a run takes if the command line does not say.
	Duration Duration `yaml:"duration"`
	// Patterns are kinds of processes.
	Patterns []Pattern `yaml:"patterns"`
}

// Pattern is processes of one kind, and when they are born.
type Pattern struct {
	Kind `yaml:",inline"`
	// Count is how many there are; 0 is 1, or with Rate as many as it makes.
	Count int `yaml:"count"`
	// Start is when the first is born, from the beginning of the run.
	Start Duration `yaml:"start"`
	// Ramp is over which time the births of Count are spread. Zero: all at once.
	Ramp Duration `yaml:"ramp"`
	// Every is the time from one birth to the next, in place of Ramp.
	Every Duration `yaml:"every"`
	// Rate is births per second until the end of the run, or until there were
	// Count, each at a random moment of its turn.
	Rate float64 `yaml:"rate"`
	// Restart has each process born again under the same number this long
	// after it has ended. Left out: it is not.
	Restart *Duration `yaml:"restart"`
}

// Kind is what processes of a pattern are.
type Kind struct {
	// Path is the executable's, below the run's own folder. The kernel shows
	// the first 15 bytes of its last element as the process's name.
	Path string `yaml:"path"`
	// Args is the command line with argv[0]; left out: the path alone. In both
	// {n} is the number in the pattern, from 1, {parent} that of the parent,
	// and {hex} stands for eight random digits.
	Args []string `yaml:"args"`
	// Lifetime is how long each lives; left out: until the run ends.
	Lifetime Lifetime `yaml:"lifetime"`
	// CPU is what each uses, in cores; left out: it sleeps.
	CPU CPU `yaml:"cpu"`
	// Memory is what each holds beside what a process needs itself.
	Memory Memory `yaml:"memory"`
	// Period is how long one round of both takes; 0 is 10 seconds.
	Period Duration `yaml:"period"`
	// Critical marks them as processes that must not be lost.
	Critical bool `yaml:"critical"`
	// Session makes each the leader of a session of its own.
	Session bool `yaml:"session"`
	// Detach has each adopted: who was to be its parent ends first (a double fork).
	Detach bool `yaml:"detach"`
	// Children are born by each process itself.
	Children []Child `yaml:"children"`
}

// Child is processes of one kind below one parent.
type Child struct {
	Kind `yaml:",inline"`
	// Count is how many each parent has; 0 is 1.
	Count int `yaml:"count"`
}

// Lifetime is drawn for each process.
type Lifetime struct {
	// Min and Max bound it. With Max alone every process lives as long.
	Min Duration `yaml:"min"`
	Max Duration `yaml:"max"`
	// Distribution is uniform, or exponential: most are near Min.
	Distribution Distribution `yaml:"distribution"`
}

// UnmarshalYAML reads one; a time alone is Max. The form with a function keeps
// the decoder's refusal of unknown keys.
func (l *Lifetime) UnmarshalYAML(read func(any) error) error {
	var keys map[string]any
	if read(&keys) != nil {
		return read(&l.Max)
	}
	type lifetime Lifetime // without this method
	return read((*lifetime)(l))
}

// CPU says how the use of a core changes.
type CPU struct {
	// Shape is steady, spiky, growing or random.
	Shape Shape `yaml:"shape"`
	// Low and High bound the use, in cores from 0 to 1. A steady one uses High.
	Low  float64 `yaml:"low"`
	High float64 `yaml:"high"`
	// Share is for which part of a period a spiky one is high; 0 is a tenth.
	Share float64 `yaml:"share"`
}

// UnmarshalYAML reads one; a number alone is High.
func (c *CPU) UnmarshalYAML(read func(any) error) error {
	var keys map[string]any
	if read(&keys) != nil {
		return read((*cores)(&c.High))
	}
	type cpu CPU // without this method
	return read((*cpu)(c))
}

// Memory says how the memory that is held changes.
type Memory struct {
	// Shape is steady, spiky, growing or random.
	Shape Shape `yaml:"shape"`
	// Low and High bound it, in bytes or with a unit. A steady one holds High.
	Low  Bytes `yaml:"low"`
	High Bytes `yaml:"high"`
	// Share is for which part of a period a spiky one is high; 0 is a tenth.
	Share float64 `yaml:"share"`
}

// UnmarshalYAML reads one; a size alone is High.
func (m *Memory) UnmarshalYAML(read func(any) error) error {
	var keys map[string]any
	if read(&keys) != nil {
		return read(&m.High)
	}
	type memory Memory // without this method
	return read((*memory)(m))
}

// Shape is how a value changes in a period.
type Shape string

// Steady is the shape if none is given.
const (
	Steady  Shape = "steady"
	Spiky   Shape = "spiky"
	Growing Shape = "growing"
	Random  Shape = "random"
)

// Distribution is how values between two bounds are drawn.
type Distribution string

// Uniform is the distribution if none is given.
const (
	Uniform     Distribution = "uniform"
	Exponential Distribution = "exponential"
)
